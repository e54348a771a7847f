/**
 * Bytes for a thread: copies in one piece of memory, which is handed over with the job. One, because each costs as much as
 * the copying of a small message; copies, because the memory of what SQLite gives out cannot be handed over.
 */
export interface HandOver {
  /** In the order of the bytes given; null where there were none. */
  readonly copies: readonly (Uint8Array | null)[];
  readonly memory: ArrayBuffer;
}

export function handOver(pieces: readonly (Uint8Array | null)[]): HandOver {
  const memory = new ArrayBuffer(pieces.reduce((sum, piece) => sum + (piece?.length ?? 0), 0));
  let at = 0;
  const copies = pieces.map((piece) => {
    if (piece === null) return null;
    const copy = new Uint8Array(memory, at, piece.length);
    copy.set(piece);
    at += piece.length;
    return copy;
  });
  return { copies, memory };
}
