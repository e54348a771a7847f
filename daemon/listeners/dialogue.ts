/** What the dialogue of a protocol does for the socket that it is on. */
export interface Dialogue {
  /** An operator ends it: says so as the protocol can (BYE, -ERR), then closes. Returns at once. */
  kill(reason: string): void;
  /** The server stops: ends it as soon as that can be without cutting a command short. */
  shutDown(): void;
  /** Ends it when the client is idle or slow for too long. `now` by the monotonic clock; called about once a second. */
  sweep(now: number): void;
  /** The socket has closed. Frees what the dialogue holds. */
  closed(): void;
}

/** A dialogue on a {@link ClientSocket}: it is handed what the client says. */
export interface ClientDialogue extends Dialogue {
  /**
   * What the client has sent, in the clear, not more than 64 KiB of it. Does not throw. A dialogue that cannot take more
   * pauses the socket; what has come up to then may be handed over even so, once.
   */
  received(chunk: Buffer): void;
  /** The client will say no more, but may still listen: answer what it has asked, then `end` the socket. */
  finished(): void;
}
