/**
 * The way to the daemon: one client after another. When the daemon goes away it says why and since when, and tries
 * again by itself; whoever listens subscribes anew with each client.
 */
import type { MethodName, Params, Result } from '../../../shared/api/index.ts';
import type { Client } from '../../client.ts';
import { ClientError } from '../../rpc/client-error.ts';
import { Observable } from './observable.ts';

/** What of a client is used here; tests have their own. */
export type DaemonClient = Pick<Client, 'call' | 'subscribe' | 'close' | 'closed'>;

export type LinkState =
  | { readonly kind: 'connected' }
  /** `since` in milliseconds since 1970. */
  | { readonly kind: 'away'; readonly since: number; readonly reason: string };

/** A daemon that restarts is seen within this time. */
const retryMs = 1_000;

export interface LinkOptions {
  readonly first: DaemonClient;
  readonly connect: () => Promise<DaemonClient>;
  readonly now: () => number;
}

export class DaemonLink extends Observable {
  readonly #options: LinkOptions;
  #client: DaemonClient | null = null;
  #state: LinkState = { kind: 'connected' };
  #retry: NodeJS.Timeout | undefined;
  #ended = false;
  readonly #onClient = new Set<(client: DaemonClient) => void>();

  constructor(options: LinkOptions) {
    super();
    this.#options = options;
    this.#use(options.first);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Null while the daemon is away. */
  get client(): DaemonClient | null {
    return this.#client;
  }

  /** Called with the client there is now, and with each one after it. */
  each(listener: (client: DaemonClient) => void): () => void {
    this.#onClient.add(listener);
    if (this.#client) listener(this.#client);
    return () => this.#onClient.delete(listener);
  }

  /** Throws ClientError. */
  async call<M extends MethodName>(method: M, params: Params<M>, timeoutMs?: number): Promise<Result<M>> {
    if (this.#client === null) throw new ClientError('unreachable', 'not connected to maild');
    return this.#client.call(method, params, timeoutMs);
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#retry);
    this.#client?.close();
    this.#client = null;
  }

  #use(client: DaemonClient): void {
    this.#client = client;
    this.#state = { kind: 'connected' };
    void client.closed.then((reason) => this.#lost(client, reason));
    this.changed();
    for (const listener of [...this.#onClient]) listener(client);
  }

  #lost(client: DaemonClient, reason: ClientError | null): void {
    if (this.#ended || this.#client !== client) return;
    this.#client = null;
    this.#away(reason);
  }

  #away(reason: unknown): void {
    const since = this.#state.kind === 'away' ? this.#state.since : this.#options.now();
    this.#state = { kind: 'away', since, reason: reasonText(reason) };
    this.#retry = setTimeout(() => void this.#connect(), retryMs);
    this.changed();
  }

  async #connect(): Promise<void> {
    try {
      const client = await this.#options.connect();
      if (this.#ended) client.close();
      else this.#use(client);
    } catch (error) {
      if (!this.#ended) this.#away(error);
    }
  }
}

/** `ECONNREFUSED` says more in less room than the sentence about it. */
function reasonText(reason: unknown): string {
  if (!(reason instanceof Error)) return 'the connection was closed';
  // Not by its class: the client comes from another bundle, where the class is another one.
  return 'code' in reason && typeof reason.code === 'string' ? reason.code : reason.message;
}
