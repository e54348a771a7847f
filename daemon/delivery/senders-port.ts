/** Relays that connections name, as delivery asks for them. `connections/senders.ts` implements it. */
import type { NextHop } from '../config/config.ts';

export interface ConnectionRoute {
  /** Of the connection. */
  readonly connection: string;
  /** Its relay, then that of its fallback. Empty: mail cannot go this way, as `problem` says. */
  readonly hops: readonly NextHop[];
  readonly problem: string | null;
  /** Why its mail waits in the queue, for a person; null when it goes out. */
  readonly waits: string | null;
}

export interface Senders {
  /** The way of a connection, whether there is one of that name or not. */
  route(name: string): ConnectionRoute;
  /** The connection for mail that no route names; null without one. */
  default(): ConnectionRoute | null;
  delivered(connection: string, messages: number): void;
}

/** There are no connections. */
export const noSenders: Senders = {
  route: (connection) => ({
    connection,
    hops: [],
    problem: `connection "${connection}" does not exist`,
    waits: null,
  }),
  default: () => null,
  delivered: () => {},
};
