export { type Checkpoint, type CheckpointFormat, formatOf, listCheckpoint, readCheckpoint } from './checkpoint.ts';
export { readPickle, type Value, type World } from './pickle.ts';
export type { Listed } from './safetensors.ts';
export { readTorch, type TorchOptions } from './torch.ts';
