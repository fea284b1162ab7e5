import { startCpu } from '@ringformer/test-tools/start-cpu';
import { testOperations } from './backend.ts';

testOperations('cpu', startCpu);
