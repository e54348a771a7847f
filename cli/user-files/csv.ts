/**
 * Users as a table (RFC 4180; also with semicolons or tabs, as spreadsheets write it). The first line names the columns:
 * an address, a password or its hash, and if wanted quota and whether the account is enabled.
 */
import { parseSizeBytes } from '../../shared/units.ts';
import { badLine, type UserLine } from './user-entry.ts';

/** Names under which a column is known. */
const columnNames = {
  address: ['address', 'email', 'e-mail', 'mail', 'user', 'username', 'login'],
  /** In the clear, unless it says `{SCHEME}`. */
  password: ['password'],
  hash: ['hash', 'passwordhash', 'password_hash', 'crypt'],
  quota: ['quota'],
  enabled: ['enabled', 'active'],
} as const;
type ColumnName = keyof typeof columnNames;

export class CsvError extends Error {}

/** @throws CsvError when the first line does not say what is where. */
export function readCsv(text: string): UserLine[] {
  const [header, ...records] = csvRecords(text.replace(/^\ufeff/, ''));
  const columns = new Map<ColumnName, number>();
  header?.fields.forEach((title, index) => {
    const known = (Object.keys(columnNames) as ColumnName[]).find((name) =>
      (columnNames[name] as readonly string[]).includes(title.trim().toLowerCase()),
    );
    if (known !== undefined) columns.set(known, index);
  });
  if (!columns.has('address')) throw new CsvError('its first line names no column "address"');
  if (!columns.has('password') && !columns.has('hash'))
    throw new CsvError('its first line names no column "password" or "hash"');
  return records.map(({ line, fields }) => {
    const value = (name: ColumnName): string => fields[columns.get(name) ?? -1]?.trim() ?? '';
    const name = value('address');
    if (name === '') return badLine(line, null, 'no address in it');
    const quota = quotaOf(value('quota'));
    if (quota === 'unknown') return badLine(line, name, 'a quota that is not written as one');
    const enabled = !/^(no?|false|0|off|disabled)$/i.test(value('enabled'));
    return {
      kind: 'user',
      line,
      name,
      passwordHash: passwordOf(fields, columns),
      quotaBytes: quota,
      enabled,
    };
  });
}

/** Spaces at the ends of a password may belong to it. */
function passwordOf(fields: readonly string[], columns: ReadonlyMap<ColumnName, number>): string {
  const hash = fields[columns.get('hash') ?? -1]?.trim() ?? '';
  if (hash !== '') return hash;
  const password = fields[columns.get('password') ?? -1] ?? '';
  return password === '' || /^\{[A-Za-z0-9._-]+\}/.test(password) ? password : `{PLAIN}${password}`;
}

function quotaOf(text: string): number | null | 'unknown' {
  if (text === '' || /^(0|-|none|unlimited)$/i.test(text)) return null;
  try {
    return parseSizeBytes(text);
  } catch {
    return 'unknown';
  }
}

interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** Records may go over several lines inside of quotes. Empty lines are none. */
function csvRecords(text: string): CsvRecord[] {
  const firstLine = text.split('\n', 1)[0] ?? '';
  const separator = [';', '\t'].find((one) => firstLine.includes(one) && !firstLine.includes(',')) ?? ',';
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  let line = 1;
  let began = 1;
  const endRecord = () => {
    fields.push(field);
    if (fields.some((one) => one !== '')) records.push({ line: began, fields });
    fields = [];
    field = '';
    began = line;
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '\n') line += 1;
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else quoted = false;
    } else if (char === '"' && field === '') quoted = true;
    else if (char === separator) {
      fields.push(field);
      field = '';
    } else if (char === '\n') endRecord();
    else if (char !== '\r') field += char;
  }
  if (field !== '' || fields.length > 0) endRecord();
  return records;
}
