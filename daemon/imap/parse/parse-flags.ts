/** Flags as clients write them (RFC 3501 2.3.2), for STORE and APPEND. */
import { flagBits, type MessageFlags } from '../../mailboxes/message-flags.ts';
import type { Tokens } from './tokens.ts';

const MAX_FLAGS = 100;
/** Characters; more has no name that a person gave. */
const MAX_KEYWORD = 100;

const systemFlags: ReadonlyMap<string, number> = new Map([
  ['\\SEEN', flagBits.seen],
  ['\\ANSWERED', flagBits.answered],
  ['\\FLAGGED', flagBits.flagged],
  ['\\DELETED', flagBits.deleted],
  ['\\DRAFT', flagBits.draft],
  // Nobody's to set (RFC 3501 2.3.2), but programs that copy messages give back what they have read.
  ['\\RECENT', 0],
]);

export function parseFlagList(tokens: Tokens): MessageFlags {
  return flagsOf(
    tokens.list('flags', MAX_FLAGS, () => tokens.flag()),
    tokens,
  );
}

/** In brackets, or without any to the end of the command, as STORE may have them. */
export function parseFlags(tokens: Tokens): MessageFlags {
  if (tokens.next === '(') return parseFlagList(tokens);
  const flags: string[] = [];
  do {
    if (flags.length === MAX_FLAGS) tokens.fail('Too many flags', 'LIMIT');
    flags.push(tokens.flag());
  } while (tokens.skip(' '));
  return flagsOf(flags, tokens);
}

export function parseKeyword(tokens: Tokens): string {
  const keyword = tokens.flag();
  return keyword.startsWith('\\') ? tokens.fail('Expected a keyword') : keyword;
}

function flagsOf(flags: readonly string[], tokens: Tokens): MessageFlags {
  let bits = 0;
  const keywords = new Map<string, string>();
  for (const flag of flags) {
    const bit = systemFlags.get(flag.toUpperCase());
    if (bit !== undefined) bits |= bit;
    else if (flag.startsWith('\\')) tokens.fail(`There is no flag ${flag.slice(0, MAX_KEYWORD)}`);
    else if (flag.length > MAX_KEYWORD) tokens.fail('A keyword is too long', 'LIMIT');
    else if (!keywords.has(flag.toLowerCase())) keywords.set(flag.toLowerCase(), flag);
  }
  return { bits, keywords: [...keywords.values()].sort() };
}
