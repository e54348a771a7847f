/** Part numbers to parts (RFC 3501 6.4.5): what `1.2` is in a structure. */
import type { MessagePart, MessageStructure, Part } from '../../mailboxes/structure/message-structure.ts';

/** Null: there is no such part. `numbers` has one at least. */
export function findPart({ root }: MessageStructure, numbers: readonly number[]): Part | null {
  let message = root;
  let part: Part | null = null;
  for (const number of numbers) {
    if (part?.kind === 'message') {
      message = part.content;
      part = null;
    }
    const parent: Part = part ?? message;
    if (parent.kind === 'multipart') part = parent.parts[number - 1] ?? null;
    // A message that is no multipart has one part, its body.
    else part = part === null && number === 1 ? message : null;
    if (part === null) return null;
  }
  return part;
}

/** The message in a part, whose HEADER and TEXT can be had. */
export const messageIn = (part: Part | null): MessagePart | null => (part?.kind === 'message' ? part : null);
