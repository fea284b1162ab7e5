import {
  type Also,
  disposeTree,
  type Gradient,
  globalNorm,
  leaves,
  type Ranks,
  RingformerError,
  type Tree,
  unpackTree,
} from '@ringformer/core';
import { type Collective, sharedValues } from './collective.ts';

/** How ranks agree to stop: a rank that wants to says so with its next values, and all of them stop after the same update. */
export type Stop = {
  /** Whether this rank wants to stop. */
  wanted(): boolean;
  /** Called on every rank once any of them wants to. */
  agreed(): void;
};

const FINE = 0;
const STOP = 1;
const DIVERGED = 2;

const diverged = (ranks: readonly number[], size: number, step: number) =>
  new RingformerError(
    'diverged',
    `[ringformer/mpi] Training diverged at update ${step}: the loss or the gradient of ${ranks.length > 1 ? 'ranks' : 'rank'} ${ranks.join(', ')} of ${size} is not a finite number. Lower the learning rate or lengthen the warm-up, and resume from the last checkpoint.`,
  );

/** What each rank said, from its slot in a sum. @throws RingformerError 'diverged' that names the ranks */
function heed(said: Float32Array, step: number, stop: Stop): void {
  const bad = [...said.keys()].filter((rank) => said[rank] === DIVERGED);
  if (bad.length > 0) throw diverged(bad, said.length, step);
  if (said.includes(STOP)) stop.agreed();
}

/** Copies the leaves into `flat`. Unlike `packTree`, it works on WebGPU too. */
async function pack(tree: Tree, flat: Float32Array): Promise<void> {
  let at = 0;
  for (const leaf of leaves(tree)) {
    flat.set((await leaf.data()) as Float32Array, at);
    at += leaf.size;
  }
}

async function finite({ loss, grads }: Gradient<Tree>): Promise<boolean> {
  const norm = globalNorm(grads);
  const [value] = await norm.data();
  norm.dispose();
  return Number.isFinite(loss) && Number.isFinite(value);
}

/**
 * Sums the gradients of all ranks at each update, so that it is that of one process with all batches. `params`: how many
 * numbers the gradient has. With one rank, nothing happens to the gradient.
 */
export function everyStep<P extends Tree>(collective: Collective, params: number, stop: Stop): Ranks<P> {
  const { rank, size } = collective;
  const flat = sharedValues(size > 1 ? params + 3 + size : 0);
  const numbers = flat.subarray(params, params + 3);
  const said = flat.subarray(params + 3);
  return {
    rank,
    size,
    async gradient(own, step) {
      if (size === 1) {
        if (stop.wanted()) stop.agreed();
        return own;
      }
      await pack(own.grads, flat);
      numbers[0] = own.loss; // in two parts: float32 has 7 digits
      numbers[1] = own.loss - (numbers[0] as number);
      numbers[2] = own.count;
      said.fill(FINE);
      said[rank] = (await finite(own)) ? (stop.wanted() ? STOP : FINE) : DIVERGED;
      try {
        await collective.allReduceSum(flat);
        heed(said, step, stop);
        const [high = 0, low = 0, count = 0] = numbers;
        return { loss: high + low, count, grads: unpackTree(own.grads, flat) };
      } finally {
        disposeTree(own.grads);
      }
    },
    updated: async (state) => state,
  };
}

export type LocalOptions<P extends Tree> = {
  /** Updates that each rank makes on its own between two averages. */
  readonly every: number;
  /** The last update: the weights are averaged after it too. */
  readonly steps: number;
  /** Of the outer optimizer: SGD with Nesterov momentum. DiLoCo's are 0.7 and 0.9. */
  readonly outerLr: number;
  readonly outerMomentum: number;
  /** The weights that training begins with. */
  readonly params: P;
  /** What `also` returned, if a run is resumed. */
  readonly resumed?: Also<P> | undefined;
  readonly stop: Stop;
};

export type LocalRanks<P extends Tree> = Ranks<P> & {
  /** What a checkpoint needs besides the rank's own state: the weights of the last average, and the momentum. The caller owns it. */
  also(params: P): Also<P>;
};

const TREES = ['start', 'momentum'] as const;

/**
 * DiLoCo (Douillard et al., 2023): each rank makes `every` updates by itself, with its part of each update's batches and its
 * own Adam; then the mean of what the ranks have changed is the gradient of an outer step, from the weights they began with.
 */
export async function localSteps<P extends Tree>(
  collective: Collective,
  options: LocalOptions<P>,
): Promise<LocalRanks<P>> {
  const { rank, size } = collective;
  const { every, steps, outerLr, outerMomentum, stop } = options;
  const params = leaves(options.params).reduce((sum, { size }) => sum + size, 0);
  const start = new Float32Array(params);
  const momentum = new Float32Array(params);
  await pack(options.resumed?.trees.start ?? options.params, start);
  if (options.resumed?.trees.momentum) await pack(options.resumed.trees.momentum, momentum);
  const flat = sharedValues(params + size);
  const said = flat.subarray(params);
  const heard = sharedValues(size);
  /** A stop need not wait for an average: the ranks hear of each other ten times between two. */
  const pulse = Math.max(1, Math.ceil(every / 10));
  let coming: { readonly step: number; readonly done: Promise<void> } | undefined;

  const averages = (step: number) => step % every === 0 || step === steps;
  const listen = async () => {
    if (!coming) return;
    const { step, done } = coming;
    coming = undefined;
    await done;
    heed(heard, step, stop);
  };
  const speak = (step: number, status: number) => {
    heard.fill(FINE);
    heard[rank] = status;
    const done = collective.allReduceSum(heard);
    done.catch(() => {}); // awaited after the next update
    coming = { step, done };
  };
  const average = async (step: number, status: number) => {
    said.fill(FINE);
    said[rank] = status;
    await collective.allReduceMean(flat);
    for (let i = 0; i < size; i++) said[i] = Math.round((said[i] as number) * size);
    heed(said, step, stop);
  };
  const status = () => (stop.wanted() ? STOP : FINE);

  return {
    rank,
    size,
    async gradient(own, step) {
      if (await finite(own)) return own;
      disposeTree(own.grads);
      await listen();
      let at = step + 1; // the others are told at the next update at which they listen
      while (!averages(at) && at % pulse !== 0) at++;
      if (averages(at)) {
        flat.fill(0);
        await average(at, DIVERGED);
      } else {
        speak(at, DIVERGED);
        await listen();
      }
      throw diverged([rank], size, step);
    },
    async updated(state) {
      const { step } = state.adam;
      await listen();
      if (!averages(step)) {
        if (step % pulse === 0) speak(step, status());
        return state;
      }
      await pack(state.params, flat);
      for (let i = 0; i < params; i++) flat[i] = (start[i] as number) - (flat[i] as number);
      await average(step, status());
      for (let i = 0; i < params; i++) {
        const change = flat[i] as number;
        const moved = outerMomentum * (momentum[i] as number) + change;
        momentum[i] = moved;
        start[i] = (start[i] as number) - outerLr * (change + outerMomentum * moved);
      }
      const averaged = unpackTree(state.params, start);
      disposeTree(state.params);
      return { ...state, params: averaged };
    },
    also(params) {
      const [begun, moving] = [unpackTree(params, start), unpackTree(params, momentum)];
      return { trees: { [TREES[0]]: begun, [TREES[1]]: moving }, about: JSON.stringify({ ranks: size, rank, every }) };
    },
  };
}
