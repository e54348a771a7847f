/** The day that a Date field names, whatever its time and time zone: RFC 5322 3.3 with the obsolete forms of 4.3. */
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const date = /^\s*(?:[a-z]+\.?(?:\s*,\s*|\s+))?(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s-]+(\d{2,4})(?:\s|$)/i;
/** More than that is no date. */
const longest = 200;

/** `YYYY-MM-DD`; null when there is no day in it. */
export function sentDayOf(field: string): string | null {
  const [, dayText = '', monthText = '', yearText = ''] =
    date.exec(withoutComments(field.slice(0, longest))) ?? [];
  const month = months.indexOf(monthText.toLowerCase()) + 1;
  const day = Number(dayText);
  if (month === 0 || day < 1 || day > daysOf(month, fullYear(yearText))) return null;
  const [y, m, d] = [fullYear(yearText), month, day].map((part, i) =>
    String(part).padStart(i === 0 ? 4 : 2, '0'),
  );
  return `${y}-${m}-${d}`;
}

/** RFC 5322 4.3: two digits are of 1950 to 2049, three count from 1900. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return text.length === 3 ? 1900 + year : year;
}

const daysOf = (month: number, year: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

const withoutComments = (text: string): string => text.replace(/\([^()]*\)/g, ' ');
