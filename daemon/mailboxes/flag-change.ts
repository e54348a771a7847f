/** What flags become by STORE (RFC 3501 6.4.6), and keywords as the database has them. Pure. */
import { MaildError } from '../errors.ts';
import type { FlagChange } from './mailboxes-port.ts';
import { flagBits, type MessageFlags } from './message-flags.ts';

/** More keywords are refused: a client must not grow a message without bound. */
const maxKeywords = 100;
const maxKeywordBytes = 255;
const allBits = Object.values(flagBits).reduce((sum, bit) => sum | bit, 0);

/** Throws MaildError `mailbox.too_many_keywords`. */
export function changedFlags(before: MessageFlags, change: FlagChange, by: MessageFlags): MessageFlags {
  switch (change) {
    case 'set':
      return { bits: by.bits & allBits, keywords: by.keywords };
    case 'add':
      return { bits: before.bits | (by.bits & allBits), keywords: union(before.keywords, by.keywords) };
    case 'remove':
      return { bits: before.bits & ~by.bits, keywords: without(before.keywords, by.keywords) };
  }
}

/** In their one form: each once whatever its case, sorted. Throws as {@link changedFlags}. */
export function normalisedFlags(flags: MessageFlags): MessageFlags {
  return { bits: flags.bits & allBits, keywords: union([], flags.keywords) };
}

/** The first of two spellings stays. */
function union(left: readonly string[], right: readonly string[]): readonly string[] {
  if (right.length === 0) return left;
  const all = new Map(left.map((keyword) => [keyword.toLowerCase(), keyword]));
  for (const keyword of right) {
    const key = keyword.toLowerCase();
    if (!all.has(key)) all.set(key, keyword);
    // An atom has neither (RFC 3501 9); in the database they stand with a space between them.
    if (keyword === '' || keyword.length > maxKeywordBytes || /[\s\x00-\x1f\x7f]/.test(keyword))
      throw new MaildError('mailbox.invalid_keyword', 'a keyword is empty, too long, or has a space in it');
  }
  if (all.size > maxKeywords)
    throw new MaildError('mailbox.too_many_keywords', `a message has ${maxKeywords} keywords at the most`);
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, keyword]) => keyword);
}

function without(left: readonly string[], right: readonly string[]): readonly string[] {
  if (left.length === 0 || right.length === 0) return left;
  const gone = new Set(right.map((keyword) => keyword.toLowerCase()));
  return left.filter((keyword) => !gone.has(keyword.toLowerCase()));
}

export const keywordText = (keywords: readonly string[]): string => keywords.join(' ');
export const keywordsOf = (text: string): readonly string[] => (text === '' ? noKeywords : text.split(' '));

const noKeywords: readonly string[] = [];
