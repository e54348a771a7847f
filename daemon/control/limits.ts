/**
 * What one client, and all of them together, may cost the daemon.
 *
 * Whoever may open the socket may also clear the queue: these limits are against mistakes and broken clients, so
 * that none of them costs mail a delay. Tests bring smaller ones.
 */
import { maxRequestBytes } from '../../shared/rpc/frames.ts';

export interface ControlLimits {
  /** Longest line from a client. */
  readonly lineBytes: number;
  /** Calls in one batch. */
  readonly batch: number;
  /** Arrays and objects inside each other. The deepest parameters of the API need 5. */
  readonly depth: number;
  /** Values in one frame: ten verbs with 10,000 ids each. Keeps 8 MiB of `{},{},` from becoming a heap. */
  readonly values: number;
  readonly clients: number;
  /** Calls that one client has running; its further lines wait in the socket. A batch counts as one. */
  readonly callsInFlight: number;
  readonly callMs: number;
  /** From the first byte of a line to its LF, and from connecting to `service.hello`. */
  readonly frameMs: number;
  /** With this much unread by the client no further call of it is begun and events wait in their bounded buffer. */
  readonly congestedBytes: number;
  /** With this much unread by the client an answer on top closes it. */
  readonly unreadBytes: number;
  readonly subscriptionsPerClient: number;
  /** Events that wait for a slow subscriber, whichever limit is met first. */
  readonly bufferedEvents: number;
  readonly bufferedEventBytes: number;
}

const MiB = 1024 * 1024;

export const defaultLimits: ControlLimits = {
  lineBytes: maxRequestBytes,
  batch: 100,
  depth: 32,
  values: 100_000,
  clients: 64,
  callsInFlight: 32,
  callMs: 60_000,
  frameMs: 30_000,
  congestedBytes: 1 * MiB,
  unreadBytes: 8 * MiB,
  subscriptionsPerClient: 8,
  bufferedEvents: 5_000,
  bufferedEventBytes: 1 * MiB,
};
