/** What the server has and what a program that synchronises has on disk, in the same words, to be compared. */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImapFlow } from 'imapflow';
import { corpusNumber } from './mail-corpus.ts';

/** Flags of messages by their number in the corpus, such as `FS`; letters as a Maildir has them. */
export type Marks = Readonly<Record<number, string>>;

const letters: Readonly<Record<string, string>> = {
  '\\Draft': 'D',
  '\\Flagged': 'F',
  '\\Answered': 'R',
  '\\Seen': 'S',
  '\\Deleted': 'T',
};

export async function marksOnServer(client: ImapFlow, folder: string): Promise<Marks> {
  const lock = await client.getMailboxLock(folder);
  try {
    const marks: Record<number, string> = {};
    if (client.mailbox === false || client.mailbox.exists === 0) return marks;
    for await (const { source, flags } of client.fetch('1:*', { source: true, flags: true })) {
      const number = corpusNumber(source?.toString('latin1') ?? '');
      marks[number] = [...(flags ?? [])]
        .map((flag) => letters[flag] ?? '')
        .sort()
        .join('');
    }
    return marks;
  } finally {
    lock.release();
  }
}

export function marksInMaildir(maildir: string): Marks {
  const entries = files(maildir).map(({ path, name }) => [numberOf(path), flagsOf(name)] as const);
  return Object.fromEntries(entries);
}

/** As a mail program that uses the Maildir sets them. */
export function markInMaildir(maildir: string, number: number, flags: string): void {
  const { path, name } = fileOf(maildir, number);
  renameSync(path, join(maildir, 'cur', `${name.replace(/:2,.*$/, '')}:2,${flags}`));
}

export function removeFromMaildir(maildir: string, number: number): void {
  rmSync(fileOf(maildir, number).path);
}

export function addToMaildir(maildir: string, message: string): void {
  const name = `1700000000.M${corpusNumber(message)}.test`;
  writeFileSync(join(maildir, 'new', name), message.replace(/\r\n/g, '\n'), 'latin1');
}

function fileOf(maildir: string, number: number): { readonly path: string; readonly name: string } {
  const file = files(maildir).find(({ path }) => numberOf(path) === number);
  if (file === undefined) throw new Error(`no message ${number} in ${maildir}`);
  return file;
}

const files = (maildir: string) =>
  ['cur', 'new'].flatMap((folder) =>
    readdirSync(join(maildir, folder)).map((name) => ({ name, path: join(maildir, folder, name) })),
  );

const numberOf = (path: string): number => corpusNumber(readFileSync(path, 'latin1'));
const flagsOf = (name: string): string => (/:2,(\w*)$/.exec(name)?.[1] ?? '').replace(/[a-z]/g, '');
