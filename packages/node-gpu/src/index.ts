export { type NodeGpuName, type NodeGpuOptions, startNodeGpu } from './start.ts';
