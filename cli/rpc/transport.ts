/** A two-way stream of bytes to a daemon: a socket, or the two ends of an ssh. */
import type { Readable, Writable } from 'node:stream';
import type { ClientError } from './client-error.ts';

export interface Transport {
  readonly input: Readable;
  readonly output: Writable;
  /** Settles when the other end is gone. Never rejects. */
  readonly ended: Promise<ClientError>;
  close(): void;
}
