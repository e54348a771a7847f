/** What one check of the self-test is: it looks at one thing and says what it found, or that it could not look. */
import type { Warning } from '../../shared/api/server.ts';

/** A warning of which it is not known yet since when it holds. `code` is stable: scripts and acknowledgements name it. */
export type CheckFinding = Omit<Warning, 'since'>;

export type CheckResult =
  | { readonly outcome: 'ok' }
  | { readonly outcome: 'findings'; readonly findings: readonly CheckFinding[] }
  /** Neither well nor wrong: what stood in the way. */
  | { readonly outcome: 'could_not_check'; readonly reason: string };

export interface Check {
  readonly name: string;
  /** Throws what keeps it from looking. Ends when `signal` says so. */
  run(signal: AbortSignal): Promise<CheckResult>;
}

export const ok: CheckResult = { outcome: 'ok' };
export const found = (findings: readonly CheckFinding[]): CheckResult =>
  findings.length === 0 ? ok : { outcome: 'findings', findings };
export const couldNotCheck = (reason: string): CheckResult => ({ outcome: 'could_not_check', reason });
