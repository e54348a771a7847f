/**
 * Looks over a frame before it is parsed: how deep, how many values, how many calls in a batch.
 *
 * JSON.parse itself survives any depth, but makes objects of all it is given: 8 MiB of `[[[[` or `{},{},` cost
 * hundreds of megabytes. A pass over the bytes costs a millisecond per megabyte. It is no validation: what
 * passes here goes to JSON.parse.
 */
import { MaildError } from '../errors.ts';
import type { ControlLimits } from './limits.ts';

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

export class FrameLimitError extends MaildError {
  constructor(message: string) {
    super('limit.exceeded', message);
  }
}

/** Throws FrameLimitError when the frame is beyond the limits. */
export function checkFrame(frame: Buffer, limits: Pick<ControlLimits, 'batch' | 'depth' | 'values'>): void {
  let depth = 0;
  let values = 0;
  /** Commas right inside the outermost array. */
  let batched = 0;
  const isBatch = firstByte(frame) === openBracket;
  for (let at = 0; at < frame.length; at++) {
    const byte = frame[at];
    if (byte === quote) {
      at = endOfString(frame, at + 1);
    } else if (byte === comma) {
      values += 1;
      if (depth === 1 && isBatch) batched += 1;
    } else if (byte === openBracket || byte === openBrace) {
      values += 1;
      depth += 1;
    } else if (byte === closeBracket || byte === closeBrace) {
      depth -= 1;
    }
    if (depth > limits.depth) throw new FrameLimitError(`nested more than ${limits.depth} levels deep`);
    if (values > limits.values) throw new FrameLimitError(`more than ${limits.values} values in a frame`);
    if (batched >= limits.batch) throw new FrameLimitError(`more than ${limits.batch} calls in a batch`);
  }
}

/** Index of the closing quote; the end of the frame when there is none. */
function endOfString(frame: Buffer, from: number): number {
  for (let at = from; at < frame.length; at++) {
    if (frame[at] === backslash) at += 1;
    else if (frame[at] === quote) return at;
  }
  return frame.length;
}

/** The first byte that is not white space. */
function firstByte(frame: Buffer): number | undefined {
  let at = 0;
  while (at < frame.length && (frame[at] ?? 0) <= 0x20) at += 1;
  return frame[at];
}
