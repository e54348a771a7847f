/** The bytes of a message in pieces, from memory or from its file: all of them, or an error. */
import { open } from 'node:fs/promises';
import { errorText } from '../errors.ts';
import { type ScanContent, UnscannableError } from './scanner.ts';

const CHUNK_BYTES = 64 * 1024;

/** Throws {@link UnscannableError} when the content is not as long as it should be: a part of it must not pass for the whole. */
export async function* contentChunks(content: ScanContent): AsyncGenerator<Buffer> {
  const { inline, path, sizeBytes } = content;
  if (inline !== null) {
    for (let at = 0; at < inline.length; at += CHUNK_BYTES) yield inline.subarray(at, at + CHUNK_BYTES);
    return;
  }
  if (path === null) throw new UnscannableError('the message has no content');
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new UnscannableError(`the message cannot be read: ${errorText(error)}`, error);
  });
  let last: Buffer | null = null;
  try {
    for (let at = 0; at < sizeBytes; ) {
      // A new buffer each time: the socket may still hold the one before.
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, sizeBytes - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw new UnscannableError(`the message ends after ${at} of ${sizeBytes} bytes`);
      at += bytesRead;
      last = buffer.subarray(0, bytesRead);
      if (at < sizeBytes) yield last;
    }
  } finally {
    await file.close();
  }
  // After the file is closed, so that whoever has it knows at once that it was the last.
  if (last !== null) yield last;
}
