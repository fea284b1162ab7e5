import { testBackend, testModels } from '@ringformer/core/testing';
import { imageModels, translationModels } from './models.ts';
import { startHere } from '../start-here.ts';

testBackend('webgl', startHere('webgl'), translationModels('webgl'));
testModels('webgl', startHere('webgl'), imageModels('webgl'));
