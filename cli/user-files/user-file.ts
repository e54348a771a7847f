/** Files of users in whatever of the known formats they are; which one it is shows in the file unless it is said. */
import { CsvError, readCsv } from './csv.ts';
import { looksLikeShadow, readPasswd } from './passwd.ts';
import { readPasswdFile } from './passwd-file.ts';
import { numberedLines, type UserLine } from './user-entry.ts';

export type UserFileFormat = 'passwd' | 'passwd-file' | 'csv';

export interface UserFileOptions {
  readonly format: UserFileFormat | null;
  /** Of hashes in a passwd-file that name none; null: crypt(3)'s. */
  readonly scheme: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** `fault`: why it cannot be read at all. */
export type UserFile =
  | { readonly lines: readonly UserLine[]; readonly fault: null }
  | { readonly lines: null; readonly fault: string };

export function readUsers(file: string, text: string, options: UserFileOptions): UserFile {
  try {
    return { lines: linesOf(file, text, options), fault: null };
  } catch (error) {
    if (error instanceof CsvError) return { lines: null, fault: error.message };
    throw error;
  }
}

function linesOf(file: string, text: string, options: UserFileOptions): readonly UserLine[] {
  switch (options.format ?? formatOf(file, text)) {
    case 'csv':
      return readCsv(text);
    case 'passwd':
      return readPasswd(text, options.now);
    case 'passwd-file':
      return readPasswdFile(text, options.scheme);
  }
}

/** A line of passwd(5) is one of a passwd-file too: only that its password is elsewhere tells them apart. */
function formatOf(file: string, text: string): UserFileFormat {
  if (/\.csv$/i.test(file)) return 'csv';
  const [first] = numberedLines(text);
  if (first === undefined) return 'passwd-file';
  const [, line] = first;
  if (!line.includes(':') && /[,;\t]/.test(line)) return 'csv';
  return looksLikeShadow(line) || /^[^:]*:x:\d+:\d+:/.test(line) ? 'passwd' : 'passwd-file';
}
