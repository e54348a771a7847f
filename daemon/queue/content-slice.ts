/** A slice of a stored message, whether it stands in the database or in a file. */
import { open } from 'node:fs/promises';

export interface Sliceable {
  readonly sizeBytes: number;
  readonly inline: Buffer | null;
  readonly path: string | null;
}

/** At most `length` bytes from `offset`; fewer at the end. */
export async function readContentSlice(
  content: Sliceable,
  offset: number,
  length: number,
): Promise<{ data: Buffer; sizeBytes: number }> {
  const { sizeBytes, inline, path } = content;
  if (inline) return { data: inline.subarray(offset, offset + length), sizeBytes };
  if (path === null || offset >= sizeBytes) return { data: Buffer.alloc(0), sizeBytes };
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(length, sizeBytes - offset));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
    return { data: buffer.subarray(0, bytesRead), sizeBytes };
  } finally {
    await file.close();
  }
}
