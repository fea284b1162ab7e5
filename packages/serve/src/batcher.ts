/** What became of an item: an error for one is none for its neighbours. */
export type Outcome<Result> = { readonly value: Result } | { readonly error: unknown };

/** There is no room for more items; `after` is in how many seconds there will be, by the speed so far. */
export class QueueFull extends Error {
  readonly after: number;
  constructor(after: number) {
    super(`The server has as much to do as it takes on. Try again in ${after} s.`);
    this.name = 'QueueFull';
    this.after = after;
  }
}

export type BatcherOptions<Item, Options, Result> = {
  /** Computes a batch whose items have equal options. @throws if any item is bad: the batch is then tried in halves. */
  run(items: readonly Item[], options: Options, signal: AbortSignal): Promise<readonly Result[]>;
  /** How much of a batch an item takes. */
  weigh(item: Item): number;
  /** Of a batch: the most items, and their most weight (a heavier item has a batch to itself). */
  readonly size: number;
  readonly weight: number;
  /** How many items may wait. */
  readonly room: number;
  /** Items up to this weight don't wait for a heavier one that is being computed: they are computed beside it. */
  readonly light?: number;
  /** Called after each batch. */
  onBatch?(batch: { readonly items: number; readonly seconds: number }): void;
};

/** Puts together what arrives while the model is busy. */
export type Batcher<Item, Options, Result> = {
  /**
   * What becomes of each item, in order. All wait or none; those of a request that was `accepted` before always do.
   * @throws QueueFull; the signal's reason once it is aborted: what waits is dropped, what runs is stopped if nobody else's
   * items are in its batch
   */
  submit(items: readonly Item[], options: Options, signal: AbortSignal, accepted?: boolean): Promise<Outcome<Result>[]>;
  /** How many items wait. */
  waiting(): number;
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>;
};

/**
 * Short items overtake long ones and the later ones of a long list, which wait for those that came up to this many times as
 * long after them as they take to compute.
 */
const PATIENCE = 4;

type Waiting<Item, Options, Result> = {
  readonly item: Item;
  readonly options: Options;
  /** Items of one batch have the same. */
  readonly group: string;
  readonly signal: AbortSignal;
  /** The smallest is next, in milliseconds. */
  readonly turn: number;
  settle(outcome: Outcome<Result>): void;
};

export function makeBatcher<Item, Options, Result>({
  run,
  weigh,
  size,
  weight,
  room,
  light = Number.POSITIVE_INFINITY,
  onBatch,
}: BatcherOptions<Item, Options, Result>): Batcher<Item, Options, Result> {
  type Entry = Waiting<Item, Options, Result>;
  let queue: Entry[] = [];
  let working: Promise<void> | undefined;
  /** What works beside it, while a heavy item is computed. */
  let beside: Promise<void> | undefined;
  let isHeavy = false;
  let perSecond = 0;
  /** Milliseconds for a unit of weight; at first, a full batch is thought to take a second. */
  let pace = 1000 / (Number.isFinite(weight) ? weight : size);

  /** The item whose turn it is and those that are most like it in weight: a batch takes as long as its heaviest. */
  function take(from: readonly Entry[]): Entry[] {
    const first = from.reduce((best, entry) => (entry.turn < best.turn ? entry : best));
    const others = from.filter((entry) => entry !== first);
    const own = weigh(first.item);
    const like = others
      .filter(({ group }) => group === first.group)
      .map((entry) => ({ entry, more: weigh(entry.item) }))
      .sort((a, b) => Math.abs(a.more - own) - Math.abs(b.more - own));
    const batch = new Set([first]);
    let sum = own;
    for (const { entry, more } of like) {
      if (batch.size === size || sum + more > weight) break;
      batch.add(entry);
      sum += more;
    }
    queue = queue.filter((entry) => !batch.has(entry));
    return [...batch];
  }

  async function work(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve)); // what arrives together is computed together
    while (queue.length > 0) {
      const batch = take(queue);
      isHeavy = batch.some((entry) => !isLight(entry));
      workBeside();
      await measured(batch);
      isHeavy = false;
    }
    working = undefined;
  }

  const isLight = ({ item }: Entry) => weigh(item) <= light;

  function workBeside(): void {
    const next = () => (isHeavy ? queue.filter(isLight) : []);
    if (beside || next().length === 0) return;
    const run = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      for (let some = next(); some.length > 0; some = next()) await measured(take(some));
      beside = undefined;
    };
    beside = run();
  }

  async function measured(batch: readonly Entry[]): Promise<void> {
    const start = performance.now();
    await compute(batch);
    const seconds = (performance.now() - start) / 1000;
    const now = batch.length / Math.max(seconds, 1e-3);
    perSecond = perSecond === 0 ? now : 0.8 * perSecond + 0.2 * now;
    const sum = batch.reduce((all, { item }) => all + weigh(item), 0);
    if (sum > 0) pace = 0.8 * pace + (0.2 * 1000 * seconds) / sum;
    onBatch?.({ items: batch.length, seconds });
  }

  /** Never throws. A batch that fails is halved until the item that is to blame stands by itself. */
  async function compute(batch: readonly Entry[]): Promise<void> {
    const live = batch.filter(({ signal }) => !signal.aborted);
    const [first] = live;
    if (!first) return;
    const all = allAborted(live.map(({ signal }) => signal));
    try {
      const results = await run(
        live.map(({ item }) => item),
        first.options,
        all.signal,
      );
      if (results.length !== live.length) throw new Error(`${results.length} results for ${live.length} items`);
      live.forEach(({ settle }, i) => {
        settle({ value: results[i] as Result });
      });
    } catch (error) {
      if (live.length === 1) return first.settle({ error });
      const half = live.length >> 1;
      await compute(live.slice(0, half));
      await compute(live.slice(half));
    } finally {
      all.stop();
    }
  }

  return {
    async submit(items, options, signal, accepted = false) {
      signal.throwIfAborted();
      if (items.length === 0) return [];
      if (!accepted && queue.length + items.length > room) throw new QueueFull(secondsFor(queue.length, perSecond));
      const group = JSON.stringify(options);
      const mine = new Set<Entry>();
      let turn = performance.now();
      const outcomes = items.map(
        (item) =>
          new Promise<Outcome<Result>>((settle) => {
            turn += PATIENCE * pace * weigh(item);
            mine.add({ item, options, group, signal, turn, settle });
          }),
      );
      queue.push(...mine);
      working ??= work();
      workBeside();
      let drop: (() => void) | undefined;
      const dropped = new Promise<never>((_, reject) => {
        drop = () => {
          queue = queue.filter((entry) => !mine.has(entry));
          reject(signal.reason);
        };
        signal.addEventListener('abort', drop, { once: true });
      });
      try {
        return await Promise.race([Promise.all(outcomes), dropped]);
      } finally {
        if (drop) signal.removeEventListener('abort', drop);
      }
    },
    waiting: () => queue.length,
    async idle() {
      while (working || beside) await Promise.all([working, beside]);
    },
  };
}

/** A signal that is aborted when all of them are: `AbortSignal.any` is aborted by the first. */
function allAborted(signals: readonly AbortSignal[]): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  let left = signals.length;
  const count = () => {
    left--;
    if (left === 0) controller.abort(signals[0]?.reason);
  };
  for (const signal of signals) signal.addEventListener('abort', count, { once: true });
  return {
    signal: controller.signal,
    stop: () => {
      for (const signal of signals) signal.removeEventListener('abort', count);
    },
  };
}

const secondsFor = (items: number, perSecond: number): number =>
  perSecond === 0 ? 1 : Math.min(60, Math.max(1, Math.ceil(items / perSecond)));
