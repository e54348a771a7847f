/** How long the schedule leaves a failing collector alone. An operator who says `connect-now` is obeyed at once. */
import { formatDuration } from '../../shared/units.ts';
import type { CollectorFailure } from './collector-failure.ts';

const MINUTE_MS = 60_000;
/** After so many failures in a row; the last repeats. */
const afterFailure = [1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS);
/** Servers lock accounts after a few wrong passwords, and a wrong password does not get right by itself. */
const afterLogin = [15, 30, 60, 120, 240, 480].map((minutes) => minutes * MINUTE_MS);

/** Milliseconds after the `failures`th failure (1 or more). */
export function backoffMs(failures: number, code: CollectorFailure['code']): number {
  const times = code === 'collector.login' ? afterLogin : afterFailure;
  return times[Math.min(failures, times.length) - 1] ?? MINUTE_MS;
}

/** Neither the server's fault nor a reason to leave it alone. */
export const isOurs = (code: string): boolean =>
  code === 'collector.stopping' || code === 'collector.killed' || code === 'collector.not_taken';

/** One failure may be chance; a login that was refused is none, and what is left alone for so long was refused. */
export const isWorthWarning = ({
  failures,
  failingSince,
  retryAt,
}: {
  readonly failures: number;
  readonly failingSince: number | null;
  readonly retryAt: number | null;
}): boolean =>
  failures >= 3 || (failures > 0 && (retryAt ?? 0) - (failingSince ?? 0) >= backoffMs(1, 'collector.login'));

/** `failed 3 times in a row, for 45m`. */
export function failingText(failures: number, since: number | null, now: number): string {
  const times = failures === 1 ? 'failed' : `failed ${failures} times in a row`;
  const minutes = since === null ? 0 : Math.floor((now - since) / MINUTE_MS);
  return minutes < 1 ? times : `${times}, for ${formatDuration(minutes * MINUTE_MS)}`;
}
