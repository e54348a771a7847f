/**
 * Names of mailboxes: which are allowed, and the one form of each. UTF-8 in NFC, levels separated by `/`, INBOX in capitals
 * whatever its case (RFC 3501 5.1).
 *
 * A name is data and nothing else: no file or folder is ever called after it.
 */

export const separator = '/';
export const inbox = 'INBOX';
/** Programs show names and keep them in file names of their own; longer ones break them. */
const maxNameBytes = 1_000;
const maxLevelBytes = 255;
const maxLevels = 32;
/** Controls and line separators; and what makes a name read as another. */
const unsafe = /[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]|\p{Surrogate}/u;

/** The name in its one form, and why it cannot be one otherwise. */
export type CheckedName = { readonly name: string } | { readonly problem: string };

export function checkMailboxName(text: string): CheckedName {
  const levels = text.normalize('NFC').split(separator);
  const [first = ''] = levels;
  if (first.toUpperCase() === inbox) levels[0] = inbox;
  const name = levels.join(separator);
  if (name === '') return { problem: 'it is empty' };
  if (unsafe.test(name)) return { problem: 'it has a control character in it' };
  if (Buffer.byteLength(name) > maxNameBytes) return { problem: `it is longer than ${maxNameBytes} bytes` };
  if (levels.length > maxLevels) return { problem: `it has more than ${maxLevels} levels` };
  for (const level of levels) {
    if (level === '') return { problem: 'one of its levels is empty' };
    if (level === '.' || level === '..') return { problem: `one of its levels is "${level}"` };
    if (Buffer.byteLength(level) > maxLevelBytes)
      return { problem: `one of its levels is longer than ${maxLevelBytes} bytes` };
  }
  return { name };
}

/** `a/b/c`: `a`, `a/b`. */
export function levelsAbove(name: string): string[] {
  const levels = name.split(separator);
  return levels.slice(1).map((_, index) => levels.slice(0, index + 1).join(separator));
}
