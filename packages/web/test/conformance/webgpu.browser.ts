import { testBackend, testModels } from '@ringformer/core/testing';
import { startHere } from '../start-here.ts';
import { imageModels, translationModels } from './models.ts';

testBackend('webgpu', startHere('webgpu'), translationModels('webgpu'));
testModels('webgpu', startHere('webgpu'), imageModels('webgpu'));
