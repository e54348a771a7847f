/** Before many things are changed at once: ask on a terminal, otherwise insist on --yes. */
import type { Context } from './context.ts';
import { exitCode } from './exit-code.ts';
import { Failure, usageFailure } from './failure.ts';
import { askYesNo, canAsk } from './prompt.ts';

/** Call it before anything is asked of the daemon: without a terminal and without --yes nothing may happen at all. */
export function requireConfirmable(context: Context, what: string): void {
  if (context.options.yes || canAsk(context.io)) return;
  throw usageFailure(
    `${what} needs --yes when there is no terminal to ask: nothing was done`,
    'See what would be hit with --dry-run, then say --yes.',
  );
}

/** Throws a Failure (exit 1) when the person says no. */
export async function confirm(context: Context, question: string): Promise<void> {
  if (context.options.yes) return;
  if (!(await askYesNo(context.io, question))) throw new Failure('nothing was done', exitCode.notDone);
}
