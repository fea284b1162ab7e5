import { testBackend, testModels } from '@ringformer/core/testing';
import { imageModels, translationModels } from './models.ts';
import { startHere } from '../start-here.ts';

testBackend('wasm', startHere('wasm'), translationModels('wasm'));
testModels('wasm', startHere('wasm'), imageModels('wasm'));
