import { testBackend, testModels } from '@ringformer/core/testing';
import { startHere } from '../start-here.ts';
import { imageModels, translationModels } from './models.ts';

testBackend('wasm', startHere('wasm'), translationModels('wasm'));
testModels('wasm', startHere('wasm'), imageModels('wasm'));
