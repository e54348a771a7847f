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
