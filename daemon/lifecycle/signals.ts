/**
 * The signals of the service: SIGTERM and SIGINT end it, a second one at once; SIGHUP reloads.
 *
 * And what nobody caught: it is logged and the process ends. After it no promise about what is in memory can be kept,
 * and what was acknowledged is on disk.
 */
export interface SignalActions {
  readonly end: (signal: NodeJS.Signals) => void;
  readonly endAtOnce: (signal: NodeJS.Signals) => void;
  readonly reload: () => void;
  readonly crash: (error: unknown) => void;
}

/** A terminal sends SIGINT to the whole group, and npm sends it on: these are one Ctrl-C, not two. */
const sameKeystrokeMs = 300;

/** Stays in force until the process ends. */
export function handleSignals(actions: SignalActions): void {
  let endingSince: number | null = null;
  const onEnd = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (endingSince === null) {
      endingSince = now;
      actions.end(signal);
    } else if (signal !== 'SIGINT' || now - endingSince > sameKeystrokeMs) actions.endAtOnce(signal);
  };
  process.on('SIGTERM', onEnd);
  process.on('SIGINT', onEnd);
  process.on('SIGHUP', actions.reload);
  // Node turns a rejection that nobody handles into an uncaught exception.
  process.on('uncaughtException', actions.crash);
}
