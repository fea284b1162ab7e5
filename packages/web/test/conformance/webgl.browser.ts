import { testBackend, testModels } from '@ringformer/core/testing';
import { startHere } from '../start-here.ts';
import { imageModels, translationModels } from './models.ts';

testBackend('webgl', startHere('webgl'), translationModels('webgl'));
testModels('webgl', startHere('webgl'), imageModels('webgl'));
