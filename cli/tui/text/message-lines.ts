/** A message's header and source as lines to read. */
import { formatBytes } from '../../../shared/units.ts';
import { type SpanLine, span } from '../../spans.ts';
import type { Content } from '../store/message-store.ts';
import { decodedWords, splitMessage } from './mime.ts';

/** Says when what is shown is only the beginning. */
export function contentNote({ bytes, sizeBytes }: Content): readonly SpanLine[] {
  if (bytes.length >= sizeBytes) return [];
  return [[span(`The first ${formatBytes(bytes.length)} of ${formatBytes(sizeBytes)}.`, 'waiting')], []];
}

/** Names set apart, encoded words decoded (RFC 2047). */
export const headerLines = (bytes: Buffer): readonly SpanLine[] =>
  splitMessage(bytes).fields.map(({ name, value }) => [
    span(`${name}: `, 'accent'),
    span(decodedWords(value)),
  ]);

export const sourceLines = (bytes: Buffer): readonly SpanLine[] =>
  bytes
    .toString('utf8')
    .split(/\r?\n/)
    .map((text) => [span(text.replaceAll('\t', '    '))]);
