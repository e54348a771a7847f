/** Flags as words, as IMAP writes them: system flags with a backslash, keywords without. */
import { MaildError } from '../errors.ts';
import { flagBits, type MessageFlags } from './message-flags.ts';

const words: readonly (readonly [word: string, bit: number])[] = [
  ['\\Seen', flagBits.seen],
  ['\\Answered', flagBits.answered],
  ['\\Flagged', flagBits.flagged],
  ['\\Deleted', flagBits.deleted],
  ['\\Draft', flagBits.draft],
];

export const flagWords = ({ bits, keywords }: MessageFlags): string[] => [
  ...words.filter(([, bit]) => (bits & bit) !== 0).map(([word]) => word),
  ...keywords,
];

/** Throws MaildError `mailbox.invalid_keyword` for a system flag that there is not; \Recent is nobody's to set. */
export function flagsOf(texts: readonly string[]): MessageFlags {
  let bits = 0;
  const keywords: string[] = [];
  for (const text of texts) {
    const [, bit] = words.find(([word]) => word.toLowerCase() === text.toLowerCase()) ?? [];
    if (bit !== undefined) bits |= bit;
    else if (text.startsWith('\\')) {
      if (text.toLowerCase() !== '\\recent')
        throw new MaildError('mailbox.invalid_keyword', `there is no flag ${text.slice(0, 100)}`);
    } else keywords.push(text);
  }
  return { bits, keywords };
}
