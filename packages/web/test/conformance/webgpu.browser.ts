import { testBackend, testModels } from '@ringformer/core/testing';
import { imageModels, translationModels } from './models.ts';
import { startHere } from '../start-here.ts';

testBackend('webgpu', startHere('webgpu'), translationModels('webgpu'));
testModels('webgpu', startHere('webgpu'), imageModels('webgpu'));
