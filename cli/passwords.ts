/** Passwords for servers elsewhere: from the terminal, or a line each from standard input. Never from an argument. */
import type { Context } from './context.ts';
import { usageFailure } from './failure.ts';
import { askNewPassword } from './prompt.ts';

/** Longest line taken as a password, in characters, as the API takes it. */
const maxLength = 512;

/** One for each of `whose`, in that order. */
export async function passwordsFor(
  { io }: Context,
  whose: readonly string[],
  stdin: boolean | undefined,
): Promise<readonly string[]> {
  if (whose.length === 0) return [];
  if (!stdin) {
    const passwords: string[] = [];
    for (const one of whose) passwords.push(await askNewPassword(io, one));
    return passwords;
  }
  const { createInterface } = await import('node:readline');
  const lines = createInterface({ input: io.stdin });
  const passwords: string[] = [];
  for await (const line of lines) {
    if (line.length > maxLength) throw usageFailure(`a password is longer than ${maxLength} characters`);
    if (line !== '') passwords.push(line);
    if (passwords.length === whose.length) break;
  }
  lines.close();
  if (passwords.length < whose.length) {
    throw usageFailure(`standard input holds no password for ${whose[passwords.length]}`, 'One line each.');
  }
  return passwords;
}
