// What it is for: `@ringformer/mpi`.
export { broadcastBytes, broadcastText, type Collective, gatherTexts, sharedValues, single } from './collective.ts';
export { type Abi, launchedSize, libraryNames, localRanks, recognise } from './library.ts';
export { endUnjoined, type MpiOptions, startMpi } from './mpi.ts';
export { everyStep, type LocalOptions, type LocalRanks, localSteps, type Stop } from './ranks.ts';
export { joinThreads, startThreads, type ThreadSeat, type Threads } from './threads.ts';
