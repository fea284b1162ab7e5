import { testModels } from '@ringformer/core/testing';
import { startCpu } from '@ringformer/test-tools/start-cpu';
import { FIXTURES, fixtureCase } from '@ringformer/test-tools/translation/fixtures';

testModels('cpu', startCpu, FIXTURES.map(fixtureCase));
