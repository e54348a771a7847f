/**
 * A page of `queue.list` as JSON Lines, without parsing it: 100,000 messages are listed in the time they take to copy.
 *
 * The daemon sends `{"messages":[ROW,<TAB>ROW ...],"next":CURSOR}`. A raw tab cannot stand inside a JSON string, so
 * comma and tab together occur only between rows; and `],"next":` cannot either, since its quotes would be escaped.
 */
export interface QueuePage {
  /** A row a line, each with its line break; empty when the page has no row. */
  readonly lines: Buffer;
  /** Cursor of the next page; null after the last. */
  readonly next: string | null;
}

const head = Buffer.from('{"messages":[');
const tail = Buffer.from('],"next":');
const between = ',\t';
const nothing = Buffer.alloc(0);

/** `result` from `client.callRaw('queue.list', ...)`. */
export function queuePage(result: Buffer): QueuePage {
  const end = result.lastIndexOf(tail);
  if (end === -1 || !result.subarray(0, head.length).equals(head)) return parsedPage(result);
  const rows = result.subarray(head.length, end);
  const next: string | null = JSON.parse(result.toString('utf8', end + tail.length, result.length - 1));
  if (rows.length === 0) return { lines: nothing, next };
  // Without a tab it is one row, or rows set by somebody else.
  if (!rows.includes(between)) return parsedPage(result);
  // One byte a character: what is not ASCII passes through as it is.
  const lines = `${rows.toString('latin1').replaceAll(between, '\n')}\n`;
  return { lines: Buffer.from(lines, 'latin1'), next };
}

function parsedPage(result: Buffer): QueuePage {
  const page: { messages: unknown[]; next: string | null } = JSON.parse(result.toString('utf8'));
  const lines = page.messages.map((row) => `${JSON.stringify(row)}\n`).join('');
  return { lines: Buffer.from(lines), next: page.next };
}
