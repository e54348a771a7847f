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
const comma = 0x2c;
const tab = 0x09;
const lf = 0x0a;

/** `result` from `client.callRaw('queue.list', ...)`. */
export function queuePage(result: Buffer): QueuePage {
  const end = result.lastIndexOf(tail);
  if (end === -1 || !result.subarray(0, head.length).equals(head)) return parsedPage(result);
  const rows = result.subarray(head.length, end);
  const next: string | null = JSON.parse(result.toString('utf8', end + tail.length, result.length - 1));
  if (rows.length === 0) return { lines: rows, next };
  const lines = rowLines(rows);
  return lines ? { lines, next } : parsedPage(result);
}

/** Null when the rows are not set apart as they should be: one row, or somebody else's frame. */
function rowLines(rows: Buffer): Buffer | null {
  const lines = Buffer.allocUnsafe(rows.length + 1);
  let length = 0;
  let from = 0;
  for (let at = rows.indexOf(tab); at !== -1; at = rows.indexOf(tab, from)) {
    if (rows[at - 1] !== comma) return null;
    length += rows.copy(lines, length, from, at - 1);
    lines[length] = lf;
    length += 1;
    from = at + 1;
  }
  if (from === 0) return null;
  length += rows.copy(lines, length, from);
  lines[length] = lf;
  return lines.subarray(0, length + 1);
}

function parsedPage(result: Buffer): QueuePage {
  const page: { messages: unknown[]; next: string | null } = JSON.parse(result.toString('utf8'));
  const lines = page.messages.map((row) => `${JSON.stringify(row)}\n`).join('');
  return { lines: Buffer.from(lines), next: page.next };
}
