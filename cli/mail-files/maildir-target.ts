/**
 * Writes a folder as Maildir: INBOX is the Maildir itself, `Lists/debian` the Maildir++ folder `.Lists.debian` in it. Each
 * message is written in `tmp` and moved to `cur`, with line ends of Unix, its date as the file's.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inbox } from '../../shared/mailbox-name.ts';
import type { TargetFolder, TargetOrder } from './mail-export.ts';
import { infoOfFlags, keywordsText, readKeywords } from './maildir-name.ts';
import { toLf } from './message-text.ts';
import { encodeLevel } from './modified-utf7.ts';
import { requireDirectory, writeWhole } from './target-files.ts';

export async function openMaildirFolder({
  directory,
  name,
  uidValidity,
}: TargetOrder): Promise<TargetFolder> {
  const path = name === inbox ? directory : join(directory, `.${name.split('/').map(encodeLevel).join('.')}`);
  await requireDirectory(directory);
  await requireDirectory(path);
  for (const part of ['cur', 'new', 'tmp']) await requireDirectory(join(path, part));
  // By this file a program knows a Maildir++ folder from the Maildir that it is in.
  if (path !== directory) await writeFile(join(path, 'maildirfolder'), '', { flag: 'a', mode: 0o600 });
  const keywordsFile = join(path, 'dovecot-keywords');
  const keywords = await readFile(keywordsFile, 'utf8').then(readKeywords, () => []);
  const before = keywords.length;
  const present = new Set<number>();
  for (const part of ['cur', 'new']) {
    for (const file of await readdir(join(path, part))) {
      const [, validity, uid] = /\.V(\d+)U(\d+)\./.exec(file) ?? [];
      if (Number(validity) === uidValidity) present.add(Number(uid));
    }
  }
  return {
    has: (uid) => present.has(uid),
    async write({ uid, flags, internalDate, bytes }) {
      const at = Date.parse(internalDate);
      const text = toLf(bytes);
      const unique = `${Math.max(0, Math.floor(at / 1_000))}.V${uidValidity}U${uid}.maild,S=${text.length}`;
      const final = join(path, 'cur', unique + infoOfFlags(flags, keywords));
      await writeWhole(join(path, 'tmp', unique), final, text, at);
    },
    async close() {
      if (keywords.length > before) await writeFile(keywordsFile, keywordsText(keywords), { mode: 0o600 });
    },
  };
}
