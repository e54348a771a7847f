/** The relays of connections, for delivery: where mail goes that a route or the default sends by a connection. */
import type { NextHop } from '../config/config.ts';
import type { ConnectionRoute, Senders } from '../delivery/senders-port.ts';
import { errorText } from '../errors.ts';
import type { ConnectionList } from './connection-list.ts';
import type { StoredConnection } from './connection-store.ts';
import type { SecretBox } from './secret-box.ts';

/** What a secret of a sender is sealed for. */
export const senderOwner = 'sender';

export interface SenderNeeds {
  readonly list: ConnectionList;
  readonly secrets: SecretBox;
  /** Whether it is connected at this moment. */
  readonly connected: (connection: StoredConnection) => boolean;
  readonly nextPollAt: (connection: StoredConnection) => string | null;
  readonly delivered: (connection: StoredConnection, messages: number) => void;
}

export class ConnectionSenders implements Senders {
  readonly #needs: SenderNeeds;

  constructor(needs: SenderNeeds) {
    this.#needs = needs;
  }

  route(name: string): ConnectionRoute {
    const connection = this.#needs.list.find(name);
    if (connection === null) return blocked(name, `connection "${name}" does not exist`);
    return this.#routeOf(connection);
  }

  default(): ConnectionRoute | null {
    const connection = this.#needs.list.default;
    return connection === null || connection.sender === null ? null : this.#routeOf(connection);
  }

  delivered(name: string, messages: number): void {
    const connection = this.#needs.list.find(name);
    if (connection !== null) this.#needs.delivered(connection, messages);
  }

  #routeOf(connection: StoredConnection): ConnectionRoute {
    const { name, sender, fallbackId } = connection;
    if (sender === null) return blocked(name, `connection "${name}" has no sender`);
    const fallback = this.#needs.list.byId(fallbackId);
    try {
      const hops = [connection, fallback].flatMap((one) =>
        one?.enabled || one === connection ? this.#hop(one) : [],
      );
      return { connection: name, hops, problem: null, waits: this.#waits(connection) };
    } catch (error) {
      return blocked(name, `connection "${name}": ${errorText(error)}`);
    }
  }

  #hop({ sender, secret }: StoredConnection): readonly NextHop[] {
    if (sender === null) return [];
    const { host, port, tls, verify, user } = sender;
    const login =
      user === null || secret === null
        ? {}
        : { user, password: this.#needs.secrets.open(secret, senderOwner) };
    return [{ host, port, tls: tls === 'starttls' ? 'required' : tls, verify, ...login }];
  }

  #waits(connection: StoredConnection): string | null {
    const { name, enabled, sending } = connection;
    if (!enabled) return `Connection "${name}" is disabled`;
    if (sending === 'at-once' || this.#needs.connected(connection)) return null;
    const next = this.#needs.nextPollAt(connection);
    const when = next === null ? `mailctl connect-now ${name}` : `next at ${next}`;
    return `Connection "${name}" sends only when it is connected: ${when}`;
  }
}

const blocked = (connection: string, problem: string): ConnectionRoute => ({
  connection,
  hops: [],
  problem,
  waits: null,
});
