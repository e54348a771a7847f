/** Users as files of other programs have them: what a line comes to. */

export interface UserEntry {
  readonly kind: 'user';
  /** Of the file, from 1 on. */
  readonly line: number;
  /** A login name or an address. */
  readonly name: string;
  /** As the API takes it: `{SCHEME}hash` or a hash of crypt(3). */
  readonly passwordHash: string;
  /** Null: the file says nothing of one. */
  readonly quotaBytes: number | null;
  readonly enabled: boolean;
}

/** A line that says nothing of a user that could be taken over. Never quotes a password. */
export interface BadLine {
  readonly kind: 'bad';
  readonly line: number;
  readonly name: string | null;
  readonly reason: string;
}

export type UserLine = UserEntry | BadLine;

export const badLine = (line: number, name: string | null, reason: string): BadLine => ({
  kind: 'bad',
  line,
  name,
  reason,
});

/** `usermod -L` and `passwd -l` put a `!` before the hash: the account is shut, and its password is still there. */
export function unlocked(field: string): { readonly passwordHash: string; readonly enabled: boolean } {
  const hash = field.replace(/^[!*]+(?=[$.{/0-9A-Za-z])/, '');
  return { passwordHash: hash, enabled: hash === field };
}

/** Lines with something in them, with their numbers. */
export function numberedLines(text: string): readonly (readonly [line: number, text: string])[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((content, index) => [index + 1, content] as const)
    .filter(([, content]) => content.trim() !== '' && !content.startsWith('#'));
}
