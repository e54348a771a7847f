/**
 * A daemon inside the test: answers what is scripted, keeps the calls, and sends events to whoever has subscribed. No
 * socket, so that what it says is heard at once.
 */
import type { ClientSubscription, TopicEvent } from '../../../cli/client.ts';
import { ClientError } from '../../../cli/rpc/client-error.ts';
import type { DaemonClient } from '../../../cli/tui/store/daemon-link.ts';
import type { Topic, TopicData } from '../../../shared/api/events.ts';
import type { MethodName, Params, Result } from '../../../shared/api/index.ts';

export type Script = {
  readonly [M in MethodName]?: Result<M> | ((params: Params<M>) => Result<M>);
};
type Snapshot = Result<'events.subscribe'>['snapshot'];

interface Subscriber {
  readonly params: Params<'events.subscribe'>;
  readonly onEvent: (event: TopicEvent) => void;
}

export class FakeDaemonClient implements DaemonClient {
  readonly calls: { readonly method: MethodName; readonly params: unknown }[] = [];
  readonly subscribers = new Set<Subscriber>();
  readonly closed: Promise<ClientError | null>;
  #hangUp: (reason: ClientError | null) => void = () => {};
  #seq = 0;
  readonly #script: Script;
  readonly #snapshot: Snapshot;

  constructor(script: Script, snapshot: Snapshot) {
    this.#script = script;
    this.#snapshot = snapshot;
    this.closed = new Promise((resolve) => {
      this.#hangUp = resolve;
    });
  }

  async call<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    this.calls.push({ method, params });
    const scripted: unknown = this.#script[method];
    if (scripted === undefined) throw new ClientError('rpc', `the test has no answer for ${method}`);
    return typeof scripted === 'function' ? scripted(params) : (scripted as Result<M>);
  }

  /** Parameters of the calls of one method, oldest first. */
  paramsOf<M extends MethodName>(method: M): readonly Params<M>[] {
    return this.calls.filter((call) => call.method === method).map(({ params }) => params as Params<M>);
  }

  async subscribe(
    params: Params<'events.subscribe'>,
    onEvent: (event: TopicEvent) => void,
  ): Promise<ClientSubscription> {
    const subscriber = { params, onEvent };
    this.subscribers.add(subscriber);
    return {
      id: 1,
      snapshot: Object.fromEntries(params.topics.map((topic) => [topic, this.#snapshot[topic]])) as Snapshot,
      end: async () => void this.subscribers.delete(subscriber),
    };
  }

  emit<T extends Topic>(topic: T, data: TopicData[T], skipped?: number): void {
    this.#seq += 1;
    for (const { params, onEvent } of [...this.subscribers])
      if (params.topics.includes(topic))
        onEvent({ subscription: 1, topic, seq: this.#seq, data, ...(skipped && { skipped }) } as TopicEvent);
  }

  /** Who is subscribed to a topic, by what was asked for. */
  subscribed(topic: Topic): readonly Params<'events.subscribe'>[] {
    return [...this.subscribers].map(({ params }) => params).filter(({ topics }) => topics.includes(topic));
  }

  hangUp(reason: ClientError | null = new ClientError('unreachable', 'gone', { code: 'ECONNRESET' })): void {
    this.subscribers.clear();
    this.#hangUp(reason);
  }

  close(): void {
    this.hangUp(null);
  }
}
