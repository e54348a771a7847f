/**
 * Puts headers of ours on top of a message that has been received, and takes out those of its own that pretend to be ours.
 * The body stays as it is, byte for byte.
 */
import { createReadStream } from 'node:fs';
import { errorCode, errorText } from '../errors.ts';
import type { Content } from '../queue/message.ts';
import { type HeaderField, readMessageHead } from '../scan/message-head.ts';
import { ContentError } from './content-error.ts';
import type { MessageFile, MessageFiles } from './message-files.ts';

export interface HeaderChanges {
  /** Each with its line end. */
  readonly headers: readonly string[];
  readonly drops: (field: HeaderField) => boolean;
}

/**
 * A message in a file is written anew and takes the place of its file in one step. Throws ContentError `too_large` for a
 * header that is too long to be looked through, and those of a disk; then the file is as it was.
 */
export async function rewriteContent(
  id: number,
  content: Content,
  { headers, drops }: HeaderChanges,
  files: MessageFiles,
): Promise<Content> {
  const path = content.file === null ? null : files.path(content.file);
  const head = await readMessageHead({ ...content, path });
  if (head === null) throw new ContentError('too_large', 'header is too long to be checked');
  const kept = head.fields.filter((field) => !drops(field)).map(({ raw }) => raw);
  if (headers.length === 0 && kept.length === head.fields.length) return content;
  const top = Buffer.concat([Buffer.from(headers.join('')), ...kept]);
  const sizeBytes = top.length + content.sizeBytes - head.endsAt;
  if (content.inline !== null) {
    return { ...content, sizeBytes, inline: Buffer.concat([top, content.inline.subarray(head.endsAt)]) };
  }
  if (path === null) return content;
  const file = await rewriteFile(path, head.endsAt, top, () => files.create(id));
  return { ...content, sizeBytes, file };
}

async function rewriteFile(
  path: string,
  bodyAt: number,
  top: Buffer,
  create: () => Promise<MessageFile>,
): Promise<string> {
  let file: MessageFile | null = null;
  try {
    file = await create();
    await file.write(top);
    for await (const chunk of createReadStream(path, { start: bodyAt })) await file.write(chunk as Buffer);
    // The same id, and so the same name: it replaces the one that was read.
    return await file.commit();
  } catch (error) {
    await file?.discard();
    const full = errorCode(error) === 'ENOSPC' || errorCode(error) === 'EDQUOT';
    throw new ContentError(full ? 'disk_full' : 'disk_failed', errorText(error), error);
  }
}
