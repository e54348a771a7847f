/** Writes a folder as a directory of messages, byte for byte, the date as the file's. There is no place for flags. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileOfFolder } from './file-name.ts';
import type { TargetFolder, TargetOrder } from './mail-export.ts';
import { requireDirectory, writeWhole } from './target-files.ts';

export async function openEmlFolder({ directory, name, uidValidity }: TargetOrder): Promise<TargetFolder> {
  const path = join(directory, fileOfFolder(name));
  await requireDirectory(directory);
  await requireDirectory(path);
  const present = new Set(await readdir(path));
  const fileOf = (uid: number): string => `${uidValidity}-${uid}.eml`;
  return {
    has: (uid) => present.has(fileOf(uid)),
    async write({ uid, internalDate, bytes }) {
      const final = join(path, fileOf(uid));
      await writeWhole(`${final}.part`, final, bytes, Date.parse(internalDate));
    },
    async close() {},
  };
}
