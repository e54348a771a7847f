/** Dates as IMAP writes them (RFC 3501 9: date, date-time). */
import type { Tokens } from './parse/tokens.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const dateText = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/;
/** A day of one digit without the space before it is as clear. */
const dateTimeText = /^ ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/;

/** `1-Feb-1994`, quoted or not, as `1994-02-01`. */
export function parseDate(tokens: Tokens): string {
  const [, day = '', month = '', year = ''] = dateText.exec(tokens.astring('a date')) ?? [];
  const midnight = dayOf(day, month, year);
  if (midnight === null) return tokens.fail('Expected a date such as 1-Feb-1994');
  return new Date(midnight).toISOString().slice(0, 10);
}

/** `" 1-Feb-1994 21:52:25 -0800"`, in milliseconds since 1970. */
export function parseDateTime(tokens: Tokens): number {
  const found = dateTimeText.exec(tokens.string('a date and time'));
  const [, day = '', month = '', year = '', ...rest] = found ?? [];
  const midnight = dayOf(day, month, year);
  const [hours, minutes, seconds] = rest.slice(0, 3).map(Number);
  const [zoneHours, zoneMinutes] = rest.slice(4).map(Number);
  if (midnight === null || hours === undefined || minutes === undefined || seconds === undefined) {
    return tokens.fail('Expected a date and time such as " 1-Feb-1994 21:52:25 -0800"');
  }
  // 60: a leap second.
  if (hours > 23 || minutes > 59 || seconds > 60) return tokens.fail('There is no such time');
  const zone = ((zoneHours ?? 0) * 60 + (zoneMinutes ?? 0)) * (rest[3] === '-' ? -1 : 1);
  return midnight + ((hours * 60 + minutes - zone) * 60 + seconds) * 1_000;
}

/** Null: there is no such day. */
function dayOf(day: string, month: string, year: string): number | null {
  const index = months.findIndex((name) => name.toLowerCase() === month.toLowerCase());
  const date = new Date(0);
  date.setUTCFullYear(Number(year), index, Number(day));
  return index !== -1 && date.getUTCDate() === Number(day) ? date.getTime() : null;
}

/** INTERNALDATE, with its quotes; in UTC, which is what the searches by day take it for. */
export function formatDateTime(time: number): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(date.getUTCDate())}-${months[date.getUTCMonth()]}`;
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `"${day}-${year} ${clock} +0000"`;
}
