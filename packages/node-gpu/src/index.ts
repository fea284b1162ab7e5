export { type Finding, inspectNodeGpu } from './inspect.ts';
export { type NodeGpuName, type NodeGpuOptions, startNodeGpu } from './start.ts';
