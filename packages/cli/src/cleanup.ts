/** What must still be removed if the process ends early: temporary files and locks. */
const pending = new Set<() => void>();

/** Has `remove` called if the process exits before the function that is returned has been called. */
export function removeOnExit(remove: () => void): () => void {
  pending.add(remove);
  return () => {
    pending.delete(remove);
  };
}

/** Removes everything at once. Call it when the process exits. */
export function cleanUp(): void {
  for (const remove of pending) {
    try {
      remove();
    } catch {} // the others matter just as much
  }
  pending.clear();
}
