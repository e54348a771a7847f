/** Parts of the day and the week as schedules name them, in this machine's time zone: `on mon-fri 08:00-18:00`. */

export interface DayWindow {
  /** Days of the week, 0 for Sunday; null: every day. */
  readonly days: ReadonlySet<number> | null;
  /** Minutes of the day at which it opens. */
  readonly starts: readonly number[];
  /** Minutes of the day, the end left out; both null: the whole day. An end before the begin is after midnight. */
  readonly from: number | null;
  readonly to: number | null;
  readonly text: string;
}

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_MINUTES = 24 * 60;
/** Every week has each of its days; one more for windows that begin the day before. */
const DAYS_AHEAD = 8;

/** `mon-fri`, `sat,sun`, `mon,wed-fri`; null when it is none. */
export function parseDays(
  text: string,
): { readonly days: ReadonlySet<number>; readonly text: string } | null {
  const days = new Set<number>();
  for (const part of text.toLowerCase().split(',')) {
    const [first = '', last = first, ...more] = part.trim().split('-');
    const [from, to] = [dayNames.indexOf(first), dayNames.indexOf(last)];
    if (from === -1 || to === -1 || more.length > 0) return null;
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === to) break;
    }
  }
  return { days, text: text.toLowerCase() };
}

/** `08:00,13:30` as minutes of the day; null when it is none. */
export function parseTimes(
  text: string,
): { readonly minutes: readonly number[]; readonly text: string } | null {
  const minutes = text.split(',').map(minuteOfDay);
  const known = minutes.filter((minute) => minute !== null);
  return known.length === minutes.length ? { minutes: known.toSorted((a, b) => a - b), text } : null;
}

/** `on mon-fri`, `08:00-18:00`, `on sat,sun 22:00-06:00`; null when it is none. */
export function parseWindow(text: string): DayWindow | null {
  const words = text.split(' ');
  const named = /^on$/i.test(words[0] ?? '');
  const days = named ? parseDays(words[1] ?? '') : null;
  const [hours, ...more] = words.slice(named ? 2 : 0);
  if ((named && days === null) || more.length > 0) return null;
  const said = days === null ? '' : `on ${days.text}`;
  if (hours === undefined) return { days: days?.days ?? null, starts: [0], from: null, to: null, text: said };
  const [from, to] = hours.split('-').map(minuteOfDay);
  if (from === undefined || from === null || to === undefined || to === null || from === to) return null;
  return { days: days?.days ?? null, starts: [from], from, to, text: `${said} ${hours}`.trim() };
}

/** Whether a moment lies in the window. */
export function within({ days, from, to }: DayWindow, at: number): boolean {
  const moment = new Date(at);
  const minute = moment.getHours() * 60 + moment.getMinutes();
  const on = (day: number): boolean => days?.has((day + 7) % 7) ?? true;
  if (from === null || to === null) return on(moment.getDay());
  if (from < to) return on(moment.getDay()) && minute >= from && minute < to;
  // Over midnight: the evening is of its day, the morning of the day before.
  return (minute >= from && on(moment.getDay())) || (minute < to && on(moment.getDay() - 1));
}

/** The first moment from `after` on at which it opens; null when it never does. */
export function nextOpening({ days, starts }: DayWindow, after: number): number | null {
  const day = new Date(after);
  for (let i = 0; i <= DAYS_AHEAD; i++) {
    for (const minute of starts) {
      // By the calendar, not by 24 hours: days on which the clock is changed have 23 or 25 of them.
      const at = new Date(day.getFullYear(), day.getMonth(), day.getDate() + i, 0, minute);
      if (at.getTime() >= after && (days?.has(at.getDay()) ?? true)) return at.getTime();
    }
  }
  return null;
}

function minuteOfDay(text: string): number | null {
  const [, hours, minutes] = /^([01]?\d|2[0-3]|24):([0-5]\d)$/.exec(text.trim()) ?? [];
  if (hours === undefined || minutes === undefined) return null;
  const minute = Number(hours) * 60 + Number(minutes);
  return minute <= DAY_MINUTES ? minute : null;
}
