/** The lines of a header, as bytes: where it ends, and some of its fields (RFC 3501 6.4.5: HEADER.FIELDS). */

const LF = 0x0a;
const CR = 0x0d;

/**
 * Length of the header that a message begins with, its empty line included; null when there is no empty line.
 *
 * @param begins False: the bytes go on behind others.
 */
export function headerEndIn(bytes: Buffer, begins = true): number | null {
  if (begins && bytes[0] === LF) return 1;
  if (begins && bytes[0] === CR && bytes[1] === LF) return 2;
  // Two fast searches: a header has many line ends.
  const usual = bytes.indexOf('\n\r\n');
  const bare = (usual === -1 ? bytes : bytes.subarray(0, usual + 1)).indexOf('\n\n');
  if (bare !== -1) return bare + 2;
  return usual === -1 ? null : usual + 3;
}

/** The fields of these names, or all others, as they are, and the empty line (RFC 3501 6.4.5). */
export function fieldsOf(header: Buffer, names: readonly string[], others: boolean): Buffer {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const text = header.toString('latin1');
  let found = '';
  let emptyLine = '';
  // What stands before the first field belongs to none.
  let take = others;
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline + 1;
    const line = text.slice(at, end);
    at = end;
    if (line === '\r\n' || line === '\n') {
      emptyLine = '\r\n';
      break;
    }
    // A line that goes on with the field before it.
    if (!/^[ \t]/.test(line)) take = wanted.has(fieldName(line)) !== others;
    if (take) found += line;
  }
  // Fields that were asked for by name end with one even where the header has none, as in Dovecot.
  const end = others || text === '' ? emptyLine : '\r\n';
  return Buffer.from(found + end, 'latin1');
}

function fieldName(line: string): string {
  const colon = line.indexOf(':');
  return (colon === -1 ? line : line.slice(0, colon)).trimEnd().toLowerCase();
}
