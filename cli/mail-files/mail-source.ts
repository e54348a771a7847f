/** Mail in whatever of the known formats it is; which one shows in the files unless it is said. */
import { stat } from 'node:fs/promises';
import { isMbox, readEmlFile, readFolderOfFiles } from './eml-source.ts';
import { isMaildir, readMaildir } from './maildir-source.ts';
import { readMbox } from './mbox-source.ts';
import type { SourceItem } from './source-message.ts';

export type MailFormat = 'maildir' | 'mbox' | 'eml';

/** Throws what the file system throws when there is nothing at `path`. */
export async function formatAt(path: string): Promise<MailFormat> {
  if ((await stat(path)).isDirectory()) return (await isMaildir(path)) ? 'maildir' : 'eml';
  return (await isMbox(path)) ? 'mbox' : 'eml';
}

export async function readMail(path: string, format: MailFormat): Promise<AsyncGenerator<SourceItem>> {
  const directory = (await stat(path)).isDirectory();
  if (format === 'maildir') return readMaildir(path);
  if (directory) return readFolderOfFiles(path);
  return format === 'mbox' ? readMbox(path, null) : readEmlFile(path, null);
}
