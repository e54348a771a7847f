/** A message as one part of no known type, for one that nothing can be told of: its bytes can be fetched all the same. */
import { opaque, plainText } from './content-fields.ts';
import { emptyEnvelope } from './envelope-of.ts';
import type { MessageStructure } from './message-structure.ts';

/** @param body The bytes, if they are at hand. */
export function flatStructure(sizeBytes: number, body: Buffer | null): MessageStructure {
  return {
    envelope: emptyEnvelope,
    root: {
      kind: 'single',
      headerStart: 0,
      bodyStart: body === null ? 0 : bodyStartOf(body),
      bodyEnd: sizeBytes,
      lines: 0,
      ...plainText,
      ...opaque,
    },
  };
}

function bodyStartOf(body: Buffer): number {
  const end = body.indexOf('\r\n\r\n');
  return end === -1 ? 0 : end + 4;
}
