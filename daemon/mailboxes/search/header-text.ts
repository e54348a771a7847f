/** All fields of a header, one after the other: for SEARCH, which may be asked for any of them. */
export interface HeaderField {
  /** In lower case; empty for a line that is no field. */
  readonly name: string;
  /** Unfolded, one character per byte. */
  readonly value: string;
}

/** Up to the empty line, if there is one. */
export function* headerFieldsIn(header: string): Generator<HeaderField> {
  let name = '';
  let pieces: string[] = [];
  for (let at = 0; at < header.length; ) {
    const newline = header.indexOf('\n', at);
    const end = newline === -1 ? header.length : newline;
    const line = header.slice(at, end > at && header[end - 1] === '\r' ? end - 1 : end);
    at = end + 1;
    if (line === '') break;
    if (line.startsWith(' ') || line.startsWith('\t')) {
      pieces.push(line);
      continue;
    }
    if (pieces.length > 0) yield { name, value: pieces.join('') };
    const colon = line.indexOf(':');
    name = colon === -1 ? '' : line.slice(0, colon).trimEnd().toLowerCase();
    pieces = [colon === -1 ? line : line.slice(colon + 1).trimStart()];
  }
  if (pieces.length > 0) yield { name, value: pieces.join('') };
}
