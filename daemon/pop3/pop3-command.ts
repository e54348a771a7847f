/** A line of a client to a command: pure. RFC 1939, RFC 2449, RFC 2595 4, RFC 5034, RFC 6856. */

export type Pop3Command =
  | { readonly name: 'USER' | 'PASS'; readonly text: string }
  /** Without a mechanism: which there are. */
  | { readonly name: 'AUTH'; readonly mechanism: string | null; readonly initial: string | null }
  | { readonly name: 'CAPA' | 'STLS' | 'UTF8' | 'STAT' | 'NOOP' | 'RSET' | 'QUIT' }
  | { readonly name: 'LIST' | 'UIDL'; readonly message: number | null }
  | { readonly name: 'RETR' | 'DELE'; readonly message: number }
  | { readonly name: 'TOP'; readonly message: number; readonly lines: number };

export type BadCommand = 'unknown' | 'syntax' | 'control_characters';

/** More digits than any number of ours has; a message number that large is only not there. */
const number = /^\d{1,10}$/;
const controlCharacters = /[\x00-\x1f\x7f]/;

/** The name alone, in capitals: for who shows the line. */
export const commandName = (line: string): string => {
  const space = line.indexOf(' ');
  return (space === -1 ? line : line.slice(0, space)).toUpperCase();
};

export function parseCommand(line: string): Pop3Command | BadCommand {
  const name = commandName(line);
  const rest = line.length > name.length ? line.slice(name.length + 1) : null;
  const parse = parsers[name];
  if (parse === undefined) return 'unknown';
  if (controlCharacters.test(line)) return 'control_characters';
  return parse(rest) ?? 'syntax';
}

type Parse = (rest: string | null) => Pop3Command | null;

const bare =
  (name: 'CAPA' | 'STLS' | 'UTF8' | 'STAT' | 'NOOP' | 'RSET' | 'QUIT'): Parse =>
  (rest) =>
    // Some programs send a space behind it.
    rest === null || rest.trim() === '' ? { name } : null;

/** RFC 1939 7: a password is all that follows the one space, with spaces of its own. */
const text =
  (name: 'USER' | 'PASS'): Parse =>
  (rest) =>
    rest === null || rest === '' ? null : { name, text: rest };

const listing =
  (name: 'LIST' | 'UIDL'): Parse =>
  (rest) => {
    if (rest === null || rest.trim() === '') return { name, message: null };
    const [message] = numbers(rest, 1);
    return message === undefined ? null : { name, message };
  };

const single =
  (name: 'RETR' | 'DELE'): Parse =>
  (rest) => {
    const [message] = numbers(rest, 1);
    return message === undefined ? null : { name, message };
  };

const parsers: Readonly<Record<string, Parse>> = Object.assign(Object.create(null), {
  USER: text('USER'),
  PASS: text('PASS'),
  AUTH: parseAuth,
  CAPA: bare('CAPA'),
  STLS: bare('STLS'),
  UTF8: bare('UTF8'),
  STAT: bare('STAT'),
  NOOP: bare('NOOP'),
  RSET: bare('RSET'),
  QUIT: bare('QUIT'),
  LIST: listing('LIST'),
  UIDL: listing('UIDL'),
  RETR: single('RETR'),
  DELE: single('DELE'),
  TOP: (rest: string | null) => {
    const [message, lines] = numbers(rest, 2);
    return message === undefined || lines === undefined ? null : { name: 'TOP', message, lines };
  },
} satisfies Record<string, Parse>);

function parseAuth(rest: string | null): Pop3Command | null {
  if (rest === null || rest.trim() === '') return { name: 'AUTH', mechanism: null, initial: null };
  const [mechanism = '', initial, ...more] = rest.trimEnd().split(' ');
  if (mechanism === '' || initial === '' || more.length > 0) return null;
  return { name: 'AUTH', mechanism, initial: initial ?? null };
}

/** Exactly so many numbers; none when it is anything else. */
function numbers(rest: string | null, count: number): number[] {
  const parts = rest?.trimEnd().split(' ') ?? [];
  return parts.length === count && parts.every((part) => number.test(part)) ? parts.map(Number) : [];
}
