export { readCheckpoint } from './checkpoint.ts';
export { readPickle, type Value, type World } from './pickle.ts';
export { readTorch, type TorchOptions } from './torch.ts';
