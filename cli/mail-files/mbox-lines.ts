/** The lines of an mbox (RFC 4155) that are not the message's: `From ` lines, quoting, and the fields that keep flags. */

/** What programs put into the header of a message to keep what they know of it. */
const ownFields = /^(status|x-status|x-keywords|x-uid|x-uidvalidity|x-imap|x-imapbase):/i;
const statusFlags: Readonly<Record<string, string>> = {
  R: '\\Seen',
  A: '\\Answered',
  F: '\\Flagged',
  D: '\\Deleted',
  T: '\\Draft',
};
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Sender, then a date as asctime(3) writes it, perhaps with seconds missing or a time zone. */
const fromLine =
  /^From .*\b([A-Z][a-z]{2}) +(\d{1,2}) +(\d{1,2}):(\d{2})(?::(\d{2}))?(?: +[A-Z]{1,5}| +([+-]\d{4}))? +(\d{4})(?: +[A-Z]{1,5}| +([+-]\d{4}))?\s*$/;

/** Milliseconds since 1970; null when this line begins no message. */
export function dateOfFromLine(line: string): number | null {
  const [, month, day, hour, minute, second = '0', before, year, behind] = fromLine.exec(line) ?? [];
  const place = months.indexOf(month ?? '');
  if (place === -1) return null;
  const at = Date.UTC(Number(year), place, Number(day), Number(hour), Number(minute), Number(second));
  const zone = before ?? behind ?? '+0000';
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
  return at - (zone.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

/** The date is UTC (RFC 4155). */
export function fromLineOf(at: number): string {
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, '0');
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const day = String(date.getUTCDate()).padStart(2);
  return `From MAILER-DAEMON ${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${day} ${time} ${date.getUTCFullYear()}\n`;
}

export interface MboxFields {
  readonly uid: number | null;
  readonly uidValidity: number | null;
  readonly flags: readonly string[];
  /** The header without those fields; ends as it did. */
  readonly header: string;
}

/** @param header One character per byte, lines ended by LF. */
export function takeMboxFields(header: string): MboxFields {
  const kept: string[] = [];
  const flags = new Set<string>();
  let uid: number | null = null;
  let uidValidity: number | null = null;
  let own = false;
  for (const line of header.split(/(?<=\n)/)) {
    // A folded line is of the field before it.
    if (!/^[ \t]/.test(line)) own = ownFields.test(line);
    if (!own) {
      kept.push(line);
      continue;
    }
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).trim();
    const name = line.slice(0, colon).toLowerCase();
    if (name === 'status' || name === 'x-status')
      for (const letter of value) if (statusFlags[letter] !== undefined) flags.add(statusFlags[letter]);
    if (name === 'x-keywords') for (const word of value.split(/[\s,]+/)) if (word !== '') flags.add(word);
    if (name === 'x-uid' && /^\d+$/.test(value)) uid = Number(value);
    if (name === 'x-uidvalidity' && /^\d+$/.test(value)) uidValidity = Number(value);
  }
  return { uid, uidValidity, flags: [...flags], header: kept.join('') };
}

/** The fields that {@link takeMboxFields} takes out again. */
export function mboxFields(uidValidity: number, uid: number, flags: readonly string[]): string {
  const has = (flag: string): boolean => flags.some((one) => one.toLowerCase() === flag.toLowerCase());
  const letters = ['A', 'F', 'D', 'T'].filter((letter) => has(statusFlags[letter] ?? '')).join('');
  const keywords = flags.filter((flag) => !flag.startsWith('\\'));
  return [
    `Status: ${has('\\Seen') ? 'RO' : 'O'}\n`,
    letters === '' ? '' : `X-Status: ${letters}\n`,
    keywords.length === 0 ? '' : `X-Keywords: ${keywords.join(' ')}\n`,
    `X-UIDVALIDITY: ${uidValidity}\nX-UID: ${uid}\n`,
  ].join('');
}

/** mboxrd: each line of `From ` with any number of `>` before it has one more in the file. Lines end with LF. */
export const quoteFrom = (text: string): string => text.replace(/^(>*From )/gm, '>$1');
export const unquoteFrom = (text: string): string => text.replace(/^>(>*From )/gm, '$1');
