/**
 * Times as cells. On a terminal local time, the date only when it is not today; in a pipe as the API gives them.
 * No Intl: loading a locale takes longer than most commands.
 */
import { formatAge } from '../../shared/units.ts';
import { nothing, type View } from './column.ts';

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-11-22` */
export const localDate = (at: Date): string =>
  `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/** `14:02:31` */
export const localClock = (at: Date): string =>
  `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;

export function timeCell(time: string | null, view: View): string {
  if (time === null) return nothing;
  if (view.kind === 'plain') return time;
  const at = new Date(time);
  const today = localDate(at) === localDate(new Date(view.now));
  return today ? localClock(at) : `${localDate(at)} ${localClock(at).slice(0, 5)}`;
}

/** How long ago. */
export const ageCell = (time: string | null, view: View): string =>
  time === null ? nothing : formatAge(view.now - Date.parse(time));

/** How long until then; `now` when it is due. */
export function untilCell(time: string | null, view: View): string {
  if (time === null) return nothing;
  const ms = Date.parse(time) - view.now;
  return ms <= 0 ? 'now' : formatAge(ms);
}
