const NAME = 'ringformer-demo-run';

/**
 * Does `work`, which changes the stored run, unless another tab does so: then returns false immediately. Plain http has no
 * Web Locks; there tabs do not see each other.
 */
export async function alone(work: () => Promise<void>): Promise<boolean> {
  if (!navigator.locks) {
    await work();
    return true;
  }
  return navigator.locks.request(NAME, { ifAvailable: true }, async (lock) => {
    if (lock) await work();
    return lock !== null;
  });
}

/** True while a tab changes the stored run. */
export async function isBusy(): Promise<boolean> {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return held.some(({ name, mode }) => name === NAME && mode === 'exclusive');
}

/** Resolves when no tab changes the stored run. */
export async function idle(): Promise<void> {
  await navigator.locks?.request(NAME, { mode: 'shared' }, () => {});
}
