/**
 * Flags of a message (RFC 3501 2.3.2): the system flags as bits, keywords as words. `\Recent` is no flag of a message: it
 * is what one session is the first to be told of (see mailbox-view.ts).
 */
export const flagBits = { seen: 1, answered: 2, flagged: 4, deleted: 8, draft: 16 } as const;

export interface MessageFlags {
  /** Sum of {@link flagBits}. */
  readonly bits: number;
  /** As the client wrote them, each once whatever its case, sorted; usually none. */
  readonly keywords: readonly string[];
}

export const noFlags: MessageFlags = { bits: 0, keywords: [] };
