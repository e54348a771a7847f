/**
 * The kinds of value that a key of the configuration may have: how one is written, checked, and turned into what
 * the daemon uses. Knows nothing of particular keys.
 */
import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { domainToASCII } from 'node:url';
import { Cron } from 'croner';
import { checkMailboxName, inbox } from '../../shared/mailbox-name.ts';
import {
  formatDuration,
  formatSize,
  parseDurationMs,
  parseSizeBytes,
  UnitError,
} from '../../shared/units.ts';
import { closestName } from './closest-name.ts';

export interface ValueType<T> {
  /** As `config describe` and maild.toml(5) name it. */
  readonly name: string;
  readonly unit: string | null;
  /** Throws {@link ValueFault}. */
  parse(raw: unknown): T;
  /** The value as it may be shown, for types that can hold a secret. */
  mask?(raw: unknown): unknown;
}

/** Why a value is refused, and which part of it: `[2]` of a list, `.smtp` of a table; empty for all of it. */
export class ValueFault extends Error {
  readonly part: string;
  constructor(message: string, part = '') {
    super(message);
    this.part = part;
  }
}

const shown = (raw: unknown): string => {
  // Tables of the parser have no prototype, and so no text of their own.
  if (typeof raw === 'object' && raw !== null) return Array.isArray(raw) ? 'a list' : 'a table';
  const text = typeof raw === 'string' ? JSON.stringify(raw) : String(raw);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

function string(raw: unknown, example: string): string {
  if (typeof raw !== 'string')
    throw new ValueFault(`must be a string, such as "${example}", not ${shown(raw)}`);
  // A control character in a name or path would reach replies, logs and terminals.
  if (/[\0-\x1f\x7f]/.test(raw)) throw new ValueFault('must not contain control characters');
  return raw;
}

function whole(raw: unknown, minimum: number, maximum: number): number {
  if (typeof raw !== 'number' || !Number.isInteger(raw)) {
    throw new ValueFault(`must be a whole number, not ${shown(raw)}`);
  }
  if (raw < minimum || raw > maximum)
    throw new ValueFault(`must be from ${minimum} to ${maximum}, not ${raw}`);
  return raw;
}

export const integer = (minimum: number, maximum: number, unit: string | null = null): ValueType<number> => ({
  name: 'integer',
  unit,
  parse: (raw) => whole(raw, minimum, maximum),
});

export const boolean: ValueType<boolean> = {
  name: 'boolean',
  unit: null,
  parse(raw) {
    if (typeof raw !== 'boolean') throw new ValueFault(`must be true or false, not ${shown(raw)}`);
    return raw;
  },
};

/** A time with its unit, in milliseconds. */
export const duration = (minimum: string, maximum: string): ValueType<number> =>
  measured('duration', 'ms, s, m, h, d or w', minimum, maximum, parseDurationMs, formatDuration);

/** An amount of data, in bytes. */
export const size = (minimum: string, maximum: string): ValueType<number> =>
  measured('size', 'bytes, or k, M, G of 1024', minimum, maximum, parseSizeBytes, formatSize);

function measured(
  name: string,
  unit: string,
  minimum: string,
  maximum: string,
  parse: (text: string) => number,
  format: (value: number) => string,
): ValueType<number> {
  const least = parse(minimum);
  const most = parse(maximum);
  return {
    name,
    unit,
    parse(raw) {
      // A bare number of bytes is clear; a bare number for a time is not, and the parser refuses it.
      const source = typeof raw === 'string' || typeof raw === 'number' ? String(raw) : undefined;
      if (source === undefined) throw new ValueFault(`must be a ${name} in quotes, not ${shown(raw)}`);
      const value = parseUnits(source, parse);
      if (value < least || value > most) {
        throw new ValueFault(`must be from ${format(least)} to ${format(most)}, not ${shown(raw)}`);
      }
      return value;
    },
  };
}

function parseUnits(source: string, parse: (text: string) => number): number {
  try {
    return parse(source);
  } catch (error) {
    if (error instanceof UnitError) throw new ValueFault(error.message);
    throw error;
  }
}

export const choice = <const T extends string>(...values: readonly T[]): ValueType<T> => ({
  name: values.map((value) => `"${value}"`).join(' | '),
  unit: null,
  parse(raw) {
    const found = values.find((value) => value === raw);
    if (found !== undefined) return found;
    const meant = typeof raw === 'string' ? closestName(raw, values) : undefined;
    const question = meant === undefined ? '' : ` (did you mean "${meant}"?)`;
    throw new ValueFault(`must be one of ${values.join(', ')}, not ${shown(raw)}${question}`);
  },
});

/** A host's name (RFC 1123 2.1), in lower case and ASCII. */
export const hostName: ValueType<string> = {
  name: 'host name',
  unit: null,
  parse(raw) {
    const text = string(raw, 'mail.example.org');
    const ascii = domainToASCII(text.replace(/\.$/, '')).toLowerCase();
    if (isIP(text) !== 0 || !isDomainName(ascii)) {
      throw new ValueFault(`must be a host name, such as "mail.example.org", not ${shown(raw)}`);
    }
    return ascii;
  },
};

/** RFC 1035 2.3.4: labels of at most 63 octets, 253 in all. Underscores are seen in practice. */
const isDomainName = (name: string): boolean =>
  name.length <= 253 &&
  name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));

/** A mail domain, or a pattern of such with `*` for any run of characters. */
export const domainPattern: ValueType<string> = {
  name: 'domain or pattern',
  unit: null,
  parse(raw) {
    const text = string(raw, '*.example.net').toLowerCase();
    const ascii = text.includes('*') ? text : domainToASCII(text);
    if (!isDomainName(ascii.replaceAll('*', 'x'))) {
      throw new ValueFault(`must be a domain, such as "*.example.net", not ${shown(raw)}`);
    }
    return ascii;
  },
};

export const address: ValueType<string> = {
  name: 'IP address',
  unit: null,
  parse(raw) {
    const text = string(raw, '127.0.0.1');
    if (isIP(text) === 0) throw new ValueFault(`must be an IPv4 or IPv6 address, not ${shown(raw)}`);
    return text;
  },
};

/** An address or a network in CIDR notation. */
export const network: ValueType<string> = {
  name: 'network',
  unit: null,
  parse(raw) {
    const text = string(raw, '192.0.2.0/24');
    const [base = '', bits, ...rest] = text.split('/');
    const family = isIP(base);
    const width = family === 6 ? 128 : 32;
    const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= width);
    if (family === 0 || !fits || rest.length > 0) {
      throw new ValueFault(`must be an address or network, such as "192.0.2.0/24", not ${shown(raw)}`);
    }
    return text;
  },
};

export const mailAddress: ValueType<string> = {
  name: 'mail address',
  unit: null,
  parse(raw) {
    const text = string(raw, 'postmaster@example.org');
    const at = text.lastIndexOf('@');
    if (at < 1 || /\s/.test(text) || !isDomainName(domainToASCII(text.slice(at + 1)))) {
      throw new ValueFault(`must be an address, such as "postmaster@example.org", not ${shown(raw)}`);
    }
    return text;
  },
};

export const path: ValueType<string> = {
  name: 'path',
  unit: null,
  parse(raw) {
    const text = string(raw, '/var/lib/maild');
    if (!isAbsolute(text)) throw new ValueFault(`must be an absolute path, not ${shown(raw)}`);
    return text;
  },
};

/** When something runs: minute, hour, day of month, month, day of week, in local time; empty for never. */
export const cron: ValueType<string> = {
  name: 'cron expression',
  unit: null,
  parse(raw) {
    const value = string(raw, '30 3 * * *').trim();
    if (value === '') return value;
    try {
      new Cron(value, { mode: '5-part' });
    } catch {
      throw new ValueFault(
        `must be a cron expression of five fields, such as "30 3 * * *", not ${shown(raw)}`,
      );
    }
    return value;
  },
};

/** Any text of one line: names of groups and connections. */
export const text: ValueType<string> = {
  name: 'string',
  unit: null,
  parse(raw) {
    const value = string(raw, 'name');
    if (value === '') throw new ValueFault('must not be empty');
    return value;
  },
};

/** A folder of an account, levels separated by a slash; not INBOX. */
export const mailboxName: ValueType<string> = {
  name: 'folder name',
  unit: null,
  parse(raw) {
    const checked = checkMailboxName(string(raw, 'Sent'));
    if ('problem' in checked) throw new ValueFault(`must be a name of a folder: ${checked.problem}`);
    if (checked.name === inbox) throw new ValueFault('must not be INBOX, which every account has');
    return checked.name;
  },
};

/** What only those may know who read the file. */
export const secret: ValueType<string> = {
  name: 'secret',
  unit: null,
  parse(raw) {
    if (typeof raw !== 'string' || raw === '' || /[\0-\x1f\x7f]/.test(raw))
      throw new ValueFault('must be a string that is not empty and has no control characters');
    return raw;
  },
  mask: () => '********',
};

export const listOf = <T>(item: ValueType<T>, least = 0): ValueType<readonly T[]> => ({
  name: `list of ${item.name}`,
  unit: item.unit,
  mask: (raw) => (item.mask !== undefined && Array.isArray(raw) ? raw.map((one) => item.mask?.(one)) : raw),
  parse(raw) {
    if (!Array.isArray(raw)) throw new ValueFault(`must be a list in brackets, not ${shown(raw)}`);
    if (raw.length < least) throw new ValueFault(`must have ${least} or more entries`);
    return raw.map((entry: unknown, index) => {
      try {
        return item.parse(entry);
      } catch (error) {
        if (error instanceof ValueFault) throw new ValueFault(error.message, `[${index}]`);
        throw error;
      }
    });
  },
});

/** A table whose keys are among `keys`, all with values of one type. */
export const tableOf = <K extends string, T>(
  keys: readonly K[],
  keyName: string,
  value: ValueType<T>,
): ValueType<Readonly<Partial<Record<K, T>>>> => ({
  name: `table of ${keyName} = ${value.name}`,
  unit: value.unit,
  parse(raw) {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
      throw new ValueFault('must be a table');
    const result: Partial<Record<K, T>> = {};
    for (const [name, entry] of Object.entries(raw)) {
      const key = keys.find((candidate) => candidate === name);
      if (key === undefined) {
        const meant = closestName(name, keys);
        const question = meant === undefined ? `: one of ${keys.join(', ')}` : ` (did you mean "${meant}"?)`;
        throw new ValueFault(`unknown ${keyName}${question}`, `.${name}`);
      }
      try {
        result[key] = value.parse(entry);
      } catch (error) {
        if (error instanceof ValueFault) throw new ValueFault(error.message, `.${name}`);
        throw error;
      }
    }
    return result;
  },
});

/** A table whose keys are values of a type themselves, in the order in which they stand. */
export const tableBy = <T>(
  key: ValueType<string>,
  keyName: string,
  value: ValueType<T>,
): ValueType<Readonly<Record<string, T>>> => ({
  name: `table of ${keyName} = ${value.name}`,
  unit: value.unit,
  parse(raw) {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
      throw new ValueFault('must be a table');
    const entries = Object.entries(raw).map(([name, entry]): [string, T] => {
      try {
        return [key.parse(name), value.parse(entry)];
      } catch (error) {
        if (error instanceof ValueFault) throw new ValueFault(error.message, `.${JSON.stringify(name)}`);
        throw error;
      }
    });
    return Object.fromEntries(entries);
  },
});
