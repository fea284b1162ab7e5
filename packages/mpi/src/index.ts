// What it is for: `@ringformer/mpi`.
export { broadcastBytes, broadcastText, type Collective, gatherTexts, sharedValues, single } from './collective.ts';
export { type Abi, launchedSize, libraryNames, localRanks, recognise } from './library.ts';
export { type MpiOptions, startMpi } from './mpi.ts';
