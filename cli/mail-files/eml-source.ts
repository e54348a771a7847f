/** Reads messages that are files of their own, and folders of them; an mbox among them is a folder of its name. */
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { folderOfFile } from './file-name.ts';
import { readMbox } from './mbox-source.ts';
import { maxMessageBytes, problem, type SourceItem } from './source-message.ts';

const maxDepth = 32;

export async function* readEmlFile(file: string, folder: string | null): AsyncGenerator<SourceItem> {
  const { mtimeMs, size } = await stat(file);
  if (size > maxMessageBytes) {
    yield problem(file, 'too large for a message');
    return;
  }
  const receivedAt = Math.floor(mtimeMs);
  yield { kind: 'message', origin: file, folder, flags: [], receivedAt, read: () => readFile(file) };
}

export async function* readFolderOfFiles(
  path: string,
  folder: string | null = null,
  depth = 0,
): AsyncGenerator<SourceItem> {
  const entries = await readdir(path, { withFileTypes: true });
  yield { kind: 'folder', folder };
  const below = (name: string): string => (folder === null ? name : `${folder}/${name}`);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry;
    const file = join(path, name);
    if (name.startsWith('.')) continue;
    try {
      if (entry.isDirectory() && depth < maxDepth)
        yield* readFolderOfFiles(file, below(folderOfFile(name)), depth + 1);
      else if (!entry.isFile()) yield problem(file, 'not a file');
      else if (/\.eml$/i.test(name)) yield* readEmlFile(file, folder);
      else if (await isMbox(file)) yield* readMbox(file, below(folderOfFile(basename(name, '.mbox'))));
      else yield problem(file, 'neither .eml nor an mbox');
    } catch (error) {
      yield problem(file, error);
    }
  }
}

/** It begins with `From `; or it is empty and named for it. */
export async function isMbox(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(5), 0, 5, 0);
    if (bytesRead === 0) return /\.(mbox|mbx)$/i.test(file);
    return buffer.toString('latin1', 0, bytesRead) === 'From ';
  } finally {
    await handle.close();
  }
}
