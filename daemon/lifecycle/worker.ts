/** Something that works while the server runs, such as the delivery of the queue. */
export interface Worker {
  readonly name: string;
  start(): void | Promise<void>;
  /** Begins nothing new; resolves when what is in flight has ended, after `drainMs` at most. */
  stop(drainMs: number): Promise<void>;
}
