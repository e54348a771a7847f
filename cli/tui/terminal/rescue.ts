/** Puts the terminal back when the process ends in a way that nobody foresaw, before anything is said about it. */

/** `restore` must be synchronous and may be called more than once. Answers how to take it off again. */
export function rescueOnCrash(restore: () => void): () => void {
  // The monitor comes before the stack is printed: on the second screen nobody would see it.
  process.on('uncaughtExceptionMonitor', restore).on('exit', restore);
  return () => {
    process.off('uncaughtExceptionMonitor', restore).off('exit', restore);
  };
}
