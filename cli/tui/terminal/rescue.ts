/** Puts the terminal back when the process ends in a way that nobody foresaw, before anything is said about it. */

/** `restore` must be synchronous and may be called more than once. Answers how to take it off again. */
export function rescueOnCrash(restore: () => void): () => void {
  // The monitor comes before the stack is printed: on the second screen nobody would see it.
  process.on('uncaughtExceptionMonitor', restore).on('exit', restore);
  // mailctl.ts ends the program on these. Ink brings signal-exit, which kills it at once when nobody else listens.
  process.on('SIGTERM', restore).on('SIGINT', restore);
  return () => {
    process.off('uncaughtExceptionMonitor', restore).off('exit', restore);
    process.off('SIGTERM', restore).off('SIGINT', restore);
  };
}
