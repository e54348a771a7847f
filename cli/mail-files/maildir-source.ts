/**
 * Reads a Maildir, its Maildir++ folders (`.Lists.debian`), and folders that are directories in it (Dovecot's LAYOUT=fs).
 * What was delivered and not looked at (`new/`) is read as what was (`cur/`); `tmp/` is nobody's yet.
 */
import type { Dirent } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { flagsOfName, folderSeparator, readKeywords, receivedAtOfName } from './maildir-name.ts';
import { decodeModifiedUtf7 } from './modified-utf7.ts';
import { maxMessageBytes, problem, type SourceItem } from './source-message.ts';

const maildirParts = new Set(['cur', 'new', 'tmp']);

export async function* readMaildir(root: string): AsyncGenerator<SourceItem> {
  yield* readFolder(root, null, new Set());
}

export async function isMaildir(path: string): Promise<boolean> {
  const entries = await directoriesIn(path);
  return entries.includes('cur') || entries.includes('new');
}

/** @param seen Where it has been: a link may lead back. */
async function* readFolder(
  path: string,
  folder: string | null,
  seen: Set<string>,
): AsyncGenerator<SourceItem> {
  try {
    const place = await realpath(path);
    if (seen.has(place)) return;
    seen.add(place);
    const directories = await directoriesIn(path);
    if (directories.includes('cur') || directories.includes('new')) {
      yield { kind: 'folder', folder };
      const keywords = await keywordsIn(path);
      for (const part of ['cur', 'new'])
        if (directories.includes(part)) yield* readMessages(join(path, part), folder, keywords);
    }
    for (const name of directories) {
      if (maildirParts.has(name)) continue;
      const levels = name.startsWith(folderSeparator) ? name.slice(1).split(folderSeparator) : [name];
      if (levels.some((level) => level === '')) continue;
      const below = levels.map(decodeModifiedUtf7).join('/');
      yield* readFolder(join(path, name), folder === null ? below : `${folder}/${below}`, seen);
    }
  } catch (error) {
    // What cannot be read keeps nothing else back.
    yield problem(path, error);
  }
}

async function* readMessages(
  path: string,
  folder: string | null,
  keywords: readonly string[],
): AsyncGenerator<SourceItem> {
  const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
  for (const name of names) {
    const file = join(path, name);
    try {
      const found = await stat(file);
      const { mtimeMs, size } = found;
      if (!found.isFile()) throw new Error('not a file');
      if (size > maxMessageBytes) throw new Error('too large for a message');
      // Whoever copied the files made them younger; whoever saved old mail wrote its date there (Dovecot does).
      const receivedAt = Math.min(Math.floor(mtimeMs), receivedAtOfName(name) ?? Number.POSITIVE_INFINITY);
      yield {
        kind: 'message',
        origin: file,
        folder,
        flags: flagsOfName(name, keywords),
        receivedAt,
        read: () => readFile(file),
      };
    } catch (error) {
      yield problem(file, error);
    }
  }
}

/** In the order of their names; a link to one is one. */
async function directoriesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => ((await isDirectory(path, entry)) ? [entry.name] : [])),
  );
  return found.flat().sort();
}

async function isDirectory(path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return stat(join(path, entry.name)).then(
    (target) => target.isDirectory(),
    () => false,
  );
}

const keywordsIn = (path: string): Promise<string[]> =>
  readFile(join(path, 'dovecot-keywords'), 'utf8').then(readKeywords, () => []);
