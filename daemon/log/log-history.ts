/**
 * Lines that have left the ring, read from the files backwards in small slices, so that neither memory nor the event
 * loop feels how long the log is.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { LogCategory, LogEntry } from '../../shared/api/log.ts';
import { isLogLevel } from './log-levels.ts';
import type { LogLine } from './log-line.ts';

/** Read and parsed in one go: under a millisecond. */
const sliceBytes = 65_536;
/** A longer line is not ours (see log-line.ts) and is skipped. */
const maxLineBytes = 131_072;

export interface HistoryLine {
  readonly line: LogLine;
  readonly entry: LogEntry;
}

/**
 * The lines of the files, newest first.
 * @param paths Newest file first; missing ones are passed over.
 */
export async function* readBackwards(
  paths: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<HistoryLine> {
  for (const path of paths) {
    const file = await open(path, 'r').catch(() => null);
    if (file === null) continue;
    try {
      for await (const text of linesBackwards(file, signal)) {
        const line = parseLine(text);
        if (line !== null) yield line;
      }
    } finally {
      await file.close();
    }
  }
}

async function* linesBackwards(file: FileHandle, signal: AbortSignal | undefined): AsyncGenerator<string> {
  let position = (await file.stat()).size;
  /** Start of a line whose beginning stands in the slice before. */
  let rest: Buffer = Buffer.alloc(0);
  while (position > 0) {
    signal?.throwIfAborted();
    const length = Math.min(sliceBytes, position);
    position -= length;
    const slice = Buffer.alloc(length);
    const { bytesRead } = await file.read(slice, 0, length, position);
    const bytes = Buffer.concat([slice.subarray(0, bytesRead), rest]);
    let end = bytes.length;
    for (let lineBreak = bytes.lastIndexOf(10); lineBreak >= 0; ) {
      if (lineBreak + 1 < end) yield bytes.toString('utf8', lineBreak + 1, end);
      end = lineBreak;
      // lastIndexOf(value, -1) would search from the end again.
      lineBreak = lineBreak === 0 ? -1 : bytes.lastIndexOf(10, lineBreak - 1);
    }
    rest = end > maxLineBytes ? Buffer.alloc(0) : bytes.subarray(0, end);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

/** Null for what is no line of ours, such as one that a full disk cut short. */
function parseLine(text: string): HistoryLine | null {
  let entry: LogEntry;
  try {
    entry = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof entry !== 'object' || entry === null || !isLogLevel(entry.level)) return null;
  const at = Date.parse(entry.time);
  if (Number.isNaN(at) || typeof entry.seq !== 'number' || typeof entry.message !== 'string') return null;
  const { seq, level, sessionId, queueId } = entry;
  const category: LogCategory = entry.category;
  return { entry, line: { seq, at, level, category, sessionId, queueId, json: text } };
}
