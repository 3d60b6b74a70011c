/** What a bench has started and must not leave behind: undone in reverse order when it is over, whether by its end, a failure or Ctrl-C. */

type Undo = () => unknown;

const undoing: Undo[] = [];
let isUndone: Promise<void> | undefined;

/** Returns what takes it off the list again, having done it. */
export function atEnd(undo: Undo): () => Promise<void> {
  undoing.push(undo);
  return async () => {
    const index = undoing.indexOf(undo);
    if (index < 0) return;
    undoing.splice(index, 1);
    await undo();
  };
}

/** Everything is being undone: nothing more is to be begun. */
export const isEnding = (): boolean => isUndone !== undefined;

/** One failure does not keep the others from being undone. */
export function undoAll(): Promise<void> {
  return (isUndone ??= (async () => {
    for (let undo = undoing.pop(); undo !== undefined; undo = undoing.pop()) {
      try {
        await undo();
      } catch (error) {
        console.error(error);
      }
    }
  })().finally(() => (isUndone = undefined)));
}

/** Also when whoever reads its output goes away, or nobody catches a failure. A second signal ends it at once. */
export function undoOnSignals(): void {
  process.on('uncaughtException', (error) => {
    console.error(error);
    void undoAll().then(() => process.exit(1));
  });
  let isTold = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (isTold) process.exit(1);
      isTold = true;
      console.error('Stopping what was started ...');
      void undoAll().then(() => process.exit(130));
    });
}
