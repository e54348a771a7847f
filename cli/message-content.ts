/**
 * A message as it is stored, fetched slice by slice so that its size does not matter. Into a pipe it goes byte for
 * byte; on a terminal header and body are made visible. `--raw` is bytes wherever it goes: the person asked for them.
 */
import { visibleLines } from '../shared/terminal-text.ts';
import type { Context } from './context.ts';

export type ContentPart = 'headers' | 'body' | 'raw';

/** Less than the API's limit: as base64 it is a third longer. */
const sliceBytes = 512 * 1024;
const lf = 0x0a;
const cr = 0x0d;

/** Where a message is kept. */
export type ContentMethod = 'queue.content' | 'quarantine.content';

export const writeContent = (
  context: Context,
  id: number,
  part: ContentPart,
  method: ContentMethod = 'queue.content',
): Promise<void> =>
  writeSlices(context, part, (offset) => context.call(method, { id, offset, length: sliceBytes }));

/** As the methods of the API answer it. */
export interface ContentSlice {
  /** Base64. */
  readonly data: string;
  readonly sizeBytes: number;
}
export type SliceReader = (offset: number) => Promise<ContentSlice>;

/** @param read Answers what stands from `offset` on, as much of it as it likes. */
export async function writeSlices(context: Context, part: ContentPart, read: SliceReader): Promise<void> {
  const { output } = context;
  const cleaning = output.terminal && part !== 'raw';
  const decoder = new TextDecoder('utf-8');
  // A line is cleaned as a whole: CR and LF of one end may lie in two slices.
  let rest = '';
  for await (const slice of partOf(slices(read), part)) {
    if (!cleaning) await output.raw(slice);
    else {
      const lines = `${rest}${decoder.decode(slice, { stream: true })}`.split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) await output.raw(`${visibleLines(lines.join('\n').replace(/\r$/, ''))}\n`);
    }
  }
  rest += cleaning ? decoder.decode() : '';
  if (rest !== '') await output.raw(`${visibleLines(rest)}\n`);
}

async function* slices(read: SliceReader): AsyncGenerator<Buffer> {
  for (let offset = 0, sizeBytes = 1; offset < sizeBytes; ) {
    const slice = await read(offset);
    const data = Buffer.from(slice.data, 'base64');
    if (data.length === 0) return;
    yield data;
    offset += data.length;
    sizeBytes = slice.sizeBytes;
  }
}

async function* partOf(content: AsyncIterable<Buffer>, part: ContentPart): AsyncGenerator<Buffer> {
  const header = new HeaderEnd();
  for await (const slice of content) {
    if (part === 'raw') yield slice;
    else if (header.found) {
      if (part === 'headers') return;
      yield slice;
    } else {
      const end = header.endIn(slice);
      yield part === 'headers' ? slice.subarray(0, end) : slice.subarray(end);
    }
  }
}

/** Finds the empty line that ends the header (RFC 5322 2.1), whether lines end in CRLF or, by mistake, in LF. */
class HeaderEnd {
  found = false;
  /** The line that is being read has nothing in it so far. */
  #empty = true;

  /** Place after the empty line; the length of the slice when it is not in there. */
  endIn(slice: Buffer): number {
    for (let at = 0; at < slice.length; at++) {
      const byte = slice[at];
      if (byte === lf) {
        if (this.#empty) {
          this.found = true;
          return at + 1;
        }
        this.#empty = true;
      } else if (byte !== cr) this.#empty = false;
    }
    return slice.length;
  }
}
