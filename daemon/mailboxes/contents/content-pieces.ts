/** The bytes of a content in pieces, read as they are taken: for the content thread, which may wait for a disk. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { ContentSource } from './content-jobs.ts';

const pieceBytes = 256 * 1024;

/** The pieces of a file are in one buffer, which the next one overwrites. */
export function* contentPieces({ bytes, path }: ContentSource): Generator<Uint8Array> {
  if (path === null) {
    if (bytes !== null) yield bytes;
    return;
  }
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(pieceBytes);
    for (;;) {
      const length = readSync(file, buffer);
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

/** As {@link contentPieces}, from `start` up to, not with, `end`. */
export function* contentRange(
  { bytes, path }: ContentSource,
  start: number,
  end: number,
): Generator<Uint8Array> {
  if (path === null) {
    if (bytes !== null && end > start) yield bytes.subarray(start, end);
    return;
  }
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(pieceBytes, Math.max(0, end - start)));
    for (let at = start; at < end; ) {
      const length = readSync(file, buffer, 0, Math.min(buffer.length, end - at), at);
      if (length === 0) return;
      yield buffer.subarray(0, length);
      at += length;
    }
  } finally {
    closeSync(file);
  }
}
