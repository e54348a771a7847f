/** passwd(5) and shadow(5): the accounts of a Unix system. Which of the two a line is of shows in its fields. */
import { badLine, numberedLines, type UserLine, unlocked } from './user-entry.ts';

const dayMs = 86_400_000;
const passwdFields = 7;
const shadowFields = 9;

/** @param now Milliseconds since 1970; an account that has expired is taken over as one that may not log in. */
export function readPasswd(text: string, now: number): UserLine[] {
  return numberedLines(text).map(([line, content]) => {
    const fields = content.split(':');
    const [name = '', password = ''] = fields;
    if (name === '' || (fields.length !== passwdFields && fields.length !== shadowFields))
      return badLine(line, name || null, 'not a line of passwd(5) or shadow(5)');
    if (fields.length === passwdFields && password === 'x')
      return badLine(line, name, 'its password is in the shadow file: import that one');
    const expires = fields.length === shadowFields ? Number(fields[7] || Number.NaN) * dayMs : Number.NaN;
    const { passwordHash, enabled } = unlocked(password);
    return { kind: 'user', line, name, passwordHash, quotaBytes: null, enabled: enabled && !(expires < now) };
  });
}

/** After name and password it has seven numbers, of which some may be missing. */
export const looksLikeShadow = (line: string): boolean => /^[^:]+:[^:]*(:-?\d*){7}$/.test(line);
