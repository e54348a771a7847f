/**
 * Writes a folder as one file, an mbox with the quoting of mboxrd; flags stand in fields of the header. While it is being
 * written it is called `.part`: of one that is found so, the last message may not be whole, and is written again.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileOfFolder } from './file-name.ts';
import type { TargetFolder, TargetOrder } from './mail-export.ts';
import { fromLineOf, mboxFields, quoteFrom } from './mbox-lines.ts';
import { fromMbox, mboxMessages } from './mbox-source.ts';
import { toLf } from './message-text.ts';
import { requireDirectory } from './target-files.ts';

const maxFirstLine = 100;

export async function openMboxFolder({ directory, name, uidValidity }: TargetOrder): Promise<TargetFolder> {
  await requireDirectory(directory);
  const final = join(directory, `${fileOfFolder(name)}.mbox`);
  const part = `${final}.part`;
  const cutShort = await isFile(part);
  const found = !cutShort && (await isFile(final)) ? final : part;
  const { present, end } = await read(found, uidValidity, cutShort);
  if (found === final) await rename(final, part);
  const { O_WRONLY, O_CREAT, O_NOFOLLOW } = constants;
  const handle = await open(part, O_WRONLY | O_CREAT | (O_NOFOLLOW ?? 0), 0o600);
  await handle.truncate(end);
  return new MboxTarget(handle, { part, final, end, present, uidValidity });
}

interface MboxState {
  readonly part: string;
  readonly final: string;
  readonly present: ReadonlySet<number>;
  readonly uidValidity: number;
  end: number;
}

class MboxTarget implements TargetFolder {
  readonly #handle: FileHandle;
  readonly #state: MboxState;

  constructor(handle: FileHandle, state: MboxState) {
    this.#handle = handle;
    this.#state = state;
  }

  has(uid: number): boolean {
    return this.#state.present.has(uid);
  }

  async write({ uid, flags, internalDate, bytes }: Parameters<TargetFolder['write']>[0]): Promise<void> {
    const text = quoteFrom(toLf(bytes));
    const header = text.startsWith('\n') ? 0 : text.indexOf('\n\n') + 1 || text.length;
    const fields = mboxFields(this.#state.uidValidity, uid, flags);
    const message = `${text.slice(0, header)}${fields}${text.slice(header)}`;
    const line = fromLineOf(Date.parse(internalDate));
    const data = Buffer.from(`${line}${message}${message.endsWith('\n') ? '' : '\n'}\n`, 'latin1');
    for (let at = 0; at < data.length; ) {
      const { bytesWritten } = await this.#handle.write(data, at, data.length - at, this.#state.end + at);
      at += bytesWritten;
    }
    this.#state.end += data.length;
  }

  async close(whole: boolean): Promise<void> {
    await this.#handle.close();
    if (whole) await rename(this.#state.part, this.#state.final);
  }
}

const isFile = (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );

const nothingYet = { present: new Set<number>(), end: 0 };
const ours = fromLineOf(0).slice(0, 'From MAILER-DAEMON '.length);

/** It was cut short in the line that begins its first message. */
async function isFirstLine(file: string): Promise<boolean> {
  if ((await lstat(file)).size > maxFirstLine) return false;
  const text = await readFile(file, 'latin1');
  return !text.includes('\n') && (ours.startsWith(text) || text.startsWith(ours));
}

/** Which messages are in it, and where the next one goes. */
async function read(
  file: string,
  uidValidity: number,
  cutShort: boolean,
): Promise<{ present: Set<number>; end: number }> {
  if (!(await isFile(file)) || (cutShort && (await isFirstLine(file)))) return nothingYet;
  if ((await lstat(file)).size === 0) return nothingYet;
  const uids: (number | null)[] = [];
  let [start, end] = [0, 0];
  try {
    for await (const message of mboxMessages(file)) {
      const { uid, uidValidity: validity } = fromMbox(message.text);
      uids.push(validity === uidValidity ? uid : null);
      ({ start, end } = message);
    }
  } catch (error) {
    // Somebody else's file is left alone, and the other folders are written.
    throw Object.assign(new Error(`${file}: ${error instanceof Error ? error.message : error}`), {
      syscall: 'read',
    });
  }
  if (cutShort) uids.pop();
  return { present: new Set(uids.filter((uid) => uid !== null)), end: cutShort ? start : end };
}
