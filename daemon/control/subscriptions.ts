/**
 * `events.subscribe`: a snapshot of the topics asked for, then every change after it, none lost and none twice.
 *
 * Listening begins before or in the same turn as the snapshot is taken; what happens until the snapshot is on its way
 * to the client waits in the subscription. An event is rendered once however many listen.
 */
import type { Connection } from '../../shared/api/connections.ts';
import type { CheckedParams } from '../../shared/api/index.ts';
import type { Status } from '../../shared/api/server.ts';
import type { Session } from '../../shared/api/sessions.ts';
import type { Clock } from '../clock.ts';
import { MaildError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { EventOutlet } from './event-outlet.ts';
import type { EventSources, SessionDialogue } from './event-sources.ts';
import { RawJson, type SubscriberContext } from './handler.ts';
import type { ControlLimits } from './limits.ts';
import { StatusTicker, statusMark } from './status-ticker.ts';
import { Subscription } from './subscription.ts';

type SubscribeParams = CheckedParams<'events.subscribe'>;

const defaultLogLines = 10;

export class Subscriptions {
  readonly #sources: EventSources;
  readonly #limits: ControlLimits;
  readonly #status: StatusTicker;
  readonly #open = new Map<number, Subscription>();
  /** JSON of an event by the object that the source gave to each listener. */
  readonly #rendered = new WeakMap<object, string>();
  #lastId = 0;

  constructor(needs: { sources: EventSources; limits: ControlLimits; clock: Clock; log: Logger }) {
    this.#sources = needs.sources;
    this.#limits = needs.limits;
    this.#status = new StatusTicker(() => needs.sources.status.get(), needs.clock, needs.log);
  }

  get count(): number {
    return this.#open.size;
  }

  /** Throws `params.invalid`, `session.not_found`, `limit.exceeded`. */
  async subscribe(params: SubscribeParams, context: SubscriberContext): Promise<RawJson> {
    const subscription = this.#begin(context.outlet);
    context.signal.addEventListener('abort', () => subscription.end(), { once: true });
    try {
      const snapshot = await this.#follow(subscription, params);
      context.signal.throwIfAborted();
      context.afterAnswer(() => subscription.release());
      return new RawJson(`{"subscription":${subscription.id},"snapshot":{${snapshot.join(',')}}}`);
    } catch (error) {
      subscription.end();
      throw error;
    }
  }

  /** False when that client has no such subscription. */
  unsubscribe(id: number, outlet: EventOutlet): boolean {
    const subscription = this.#open.get(id);
    if (subscription?.outlet !== outlet) return false;
    subscription.end();
    return true;
  }

  #begin(outlet: EventOutlet): Subscription {
    let ofThisClient = 0;
    for (const open of this.#open.values()) if (open.outlet === outlet) ofThisClient += 1;
    if (ofThisClient >= this.#limits.subscriptionsPerClient) {
      throw new MaildError('limit.exceeded', `a client has at most ${ofThisClient} subscriptions`);
    }
    this.#lastId += 1;
    const subscription = new Subscription(this.#lastId, outlet, this.#limits);
    this.#open.set(subscription.id, subscription);
    subscription.onEnd(() => this.#open.delete(subscription.id));
    subscription.onEnd(outlet.onClosed(() => subscription.end()));
    return subscription;
  }

  /** Begins to follow what was asked for; answers the members of the snapshot as JSON. */
  async #follow(subscription: Subscription, params: SubscribeParams): Promise<string[]> {
    const topics = new Set(params.topics);
    const snapshot: string[] = [];
    if (topics.has('log')) snapshot.push(`"log":[${this.#followLog(subscription, params).join(',')}]`);
    if (topics.has('sessions')) snapshot.push(member('sessions', this.#followSessions(subscription)));
    if (topics.has('session')) {
      snapshot.push(member('session', this.#followSession(subscription, params.sessionId)));
    }
    if (topics.has('connections')) {
      snapshot.push(member('connections', this.#followConnections(subscription)));
    }
    // Only these two wait.
    if (topics.has('queue')) snapshot.push(member('queue', await this.#followQueue(subscription)));
    if (topics.has('status')) snapshot.push(member('status', await this.#followStatus(subscription)));
    return snapshot;
  }

  #followLog(subscription: Subscription, params: SubscribeParams): readonly string[] {
    const filter = params.log ?? {};
    const { log } = this.#sources;
    subscription.onEnd(log.follow(filter, (_entry, json) => subscription.push('log', json)));
    return log.tail(filter, params.logLines ?? defaultLogLines);
  }

  #followSessions(subscription: Subscription): readonly Session[] {
    const { sessions } = this.#sources;
    subscription.onEnd(sessions.onChange((event) => subscription.push('sessions', this.#render(event))));
    return sessions.list({}).sessions;
  }

  #followSession(subscription: Subscription, id: number | undefined): SessionDialogue {
    if (id === undefined) throw new SessionIdMissingError();
    const { sessions } = this.#sources;
    const dialogue = sessions.exchanges(id);
    const unfollow = sessions.follow(id, (exchange) =>
      subscription.push('session', exchange === null ? 'null' : this.#render(exchange)),
    );
    subscription.onEnd(unfollow);
    return dialogue;
  }

  #followConnections(subscription: Subscription): readonly Connection[] {
    const { connections } = this.#sources;
    const follow = connections.changes.on((event) => subscription.push('connections', this.#render(event)));
    subscription.onEnd(follow);
    return connections.views();
  }

  #followQueue(subscription: Subscription): Promise<Status['queue']> {
    const { queue } = this.#sources;
    subscription.onEnd(queue.changes.on((event) => subscription.push('queue', this.#render(event))));
    return queue.counts();
  }

  async #followStatus(subscription: Subscription): Promise<Status> {
    const status = await this.#sources.status.get();
    let mark = statusMark(status);
    const off = this.#status.on((tick) => {
      if (tick.mark === mark) return;
      mark = tick.mark;
      subscription.push('status', tick.json);
    });
    subscription.onEnd(off);
    return status;
  }

  #render(event: object): string {
    let json = this.#rendered.get(event);
    if (json === undefined) {
      json = JSON.stringify(event);
      this.#rendered.set(event, json);
    }
    return json;
  }
}

class SessionIdMissingError extends MaildError {
  constructor() {
    super('params.invalid', 'sessionId: the topic session needs it', { details: { path: 'sessionId' } });
  }
}

const member = (name: string, value: unknown): string => `${JSON.stringify(name)}:${JSON.stringify(value)}`;
