/** The connections as they are on disk, in memory: a few, asked for often. */
import { MaildError } from '../errors.ts';
import { EventSource } from '../events.ts';
import type { ConnectionStore, StoredConnection } from './connection-store.ts';

export class ConnectionList {
  /** An operator changed something: the connection's name, and whether it is there still. */
  readonly changed = new EventSource<{ readonly name: string; readonly removed: boolean }>();
  readonly #store: ConnectionStore;
  #all: readonly StoredConnection[] = [];

  constructor(store: ConnectionStore) {
    this.#store = store;
  }

  /** Reads them anew. Throws StoreError. */
  async load(): Promise<void> {
    this.#all = await this.#store.all();
  }

  /** In the order of their names. */
  get all(): readonly StoredConnection[] {
    return this.#all;
  }

  get default(): StoredConnection | null {
    return this.#all.find(({ isDefault, enabled }) => isDefault && enabled) ?? null;
  }

  byId(id: number | null): StoredConnection | null {
    return this.#all.find((one) => one.id === id) ?? null;
  }

  find(name: string): StoredConnection | null {
    return this.#all.find((one) => one.name.toLowerCase() === name.toLowerCase()) ?? null;
  }

  /** @throws MaildError `connection.unknown`. */
  get(name: string): StoredConnection {
    const found = this.find(name);
    if (found === null) throw new MaildError('connection.unknown', `there is no connection ${name}`);
    return found;
  }
}
