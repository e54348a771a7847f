/**
 * The daemon as the command line sees it: typed calls and subscriptions over its control socket, here or through ssh.
 *
 * Types come from the API's definitions; at run time none of them is loaded, since every command would pay for it.
 */
import { userInfo } from 'node:os';
import type { Event, Topic, TopicData } from '../shared/api/events.ts';
import type { MethodName, Params, Result } from '../shared/api/index.ts';
import { clientSockets } from '../shared/paths.ts';
import { protocolVersion, version } from '../shared/version.ts';
import { Channel } from './rpc/channel.ts';
import type { ClientError } from './rpc/client-error.ts';
import { openSocket, socketTransport } from './rpc/socket-transport.ts';
import type { Transport } from './rpc/transport.ts';

export { ClientError, type ClientErrorKind } from './rpc/client-error.ts';

export interface ConnectOptions {
  /** Path of the control socket; without it the usual places are tried. */
  readonly socket?: string | undefined;
  /** `ssh://[user@]host[:port]`: the maild of that machine. */
  readonly host?: string | undefined;
  /** For each call that names no other. */
  readonly timeoutMs: number;
  /** Name of the program for the daemon's log. */
  readonly program?: string;
}

/** One event; `data` by its topic. */
export type TopicEvent = {
  [T in Topic]: Omit<Event, 'topic' | 'data'> & { readonly topic: T; readonly data: TopicData[T] };
}[Topic];

export interface ClientSubscription {
  readonly id: number;
  readonly snapshot: Result<'events.subscribe'>['snapshot'];
  /** No event comes after it has resolved. */
  end(): Promise<void>;
}

/** Somebody may have to type a passphrase. */
const sshPatienceMs = 120_000;

/** Throws ClientError. */
export async function connect(options: ConnectOptions): Promise<Client> {
  const transport = await openTransport(options);
  const client = new Client(transport, options.timeoutMs);
  try {
    const hello = {
      protocol: protocolVersion,
      client: `${options.program ?? 'mailctl'}/${version}`,
      ...userName(),
    };
    const patienceMs = options.host === undefined ? 0 : sshPatienceMs;
    await client.call('service.hello', hello, Math.max(options.timeoutMs, patienceMs));
  } catch (error) {
    client.close();
    throw error;
  }
  return client;
}

/** Whoever ran sudo, rather than root. */
function userName(): { readonly user?: string } {
  try {
    return { user: process.env.SUDO_USER ?? userInfo().username };
  } catch {
    // A uid without a name in the system's list of users.
    return {};
  }
}

async function openTransport({ socket, host }: ConnectOptions): Promise<Transport> {
  if (host === undefined) return socketTransport(await openSocket(socket ? [socket] : clientSockets()));
  const { sshTransport } = await import('./rpc/ssh-transport.ts');
  return sshTransport(host);
}

export class Client {
  readonly #channel: Channel;
  readonly #timeoutMs: number;
  readonly #listeners = new Map<number, (event: TopicEvent) => void>();
  /** Events that came before the answer that names their subscription was looked at. */
  #early: TopicEvent[] = [];
  #subscribing = 0;

  constructor(transport: Transport, timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#channel = new Channel(transport, (method, params) => {
      if (method === 'event') this.#onEvent(params as TopicEvent);
    });
  }

  /** Settles when the daemon has gone, with the reason; with null after `close`. */
  get closed(): Promise<ClientError | null> {
    return this.#channel.closed;
  }

  async call<M extends MethodName>(
    method: M,
    params: Params<M>,
    timeoutMs = this.#timeoutMs,
  ): Promise<Result<M>> {
    return (await this.#channel.call(method, params, timeoutMs)) as Result<M>;
  }

  /** The result as the daemon worded it, for long lists that go straight out. */
  callRaw<M extends MethodName>(method: M, params: Params<M>, timeoutMs = this.#timeoutMs): Promise<Buffer> {
    return this.#channel.callRaw(method, params, timeoutMs);
  }

  /** `onEvent` is called for every event after the snapshot, from the first one on. */
  async subscribe(
    params: Params<'events.subscribe'>,
    onEvent: (event: TopicEvent) => void,
  ): Promise<ClientSubscription> {
    this.#subscribing += 1;
    try {
      const { subscription: id, snapshot } = await this.call('events.subscribe', params);
      this.#listeners.set(id, onEvent);
      return { id, snapshot, end: () => this.#unsubscribe(id) };
    } finally {
      this.#subscribing -= 1;
      // After the caller has the snapshot in its hands.
      setImmediate(() => this.#deliverEarly());
    }
  }

  /** Stops reading what the daemon sends until `resume`: for a reader of ours that is slower than the log. */
  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  close(): void {
    this.#channel.close();
  }

  async #unsubscribe(subscription: number): Promise<void> {
    this.#listeners.delete(subscription);
    await this.call('events.unsubscribe', { subscription });
  }

  #onEvent(event: TopicEvent): void {
    // Behind early ones that wait for their turn.
    if (this.#subscribing > 0 || this.#early.length > 0) this.#early.push(event);
    else this.#listeners.get(event.subscription)?.(event);
  }

  #deliverEarly(): void {
    if (this.#subscribing > 0) return;
    const events = this.#early;
    this.#early = [];
    for (const event of events) this.#listeners.get(event.subscription)?.(event);
  }
}
