import { startCpu } from '../../test/start-cpu.ts';
import { testOperations } from './backend.ts';

testOperations('cpu', startCpu);
