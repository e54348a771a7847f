/** A daemon for the full-screen program in a process of its own: samples for every screen, events for each subscription. */
import { onTestFinished } from 'vitest';
import type { Topic, TopicData } from '../../../shared/api/events.ts';
import type { Result } from '../../../shared/api/index.ts';
import { sampleEntries, sampleSession, sampleSessions, sampleStatus } from '../../helpers/api-samples.ts';
import { FakeDaemon } from '../../helpers/fake-daemon.ts';
import type { Script } from './fake-daemon-client.ts';
import { sampleScript } from './open-tui.tsx';

type Snapshot = Result<'events.subscribe'>['snapshot'];

export class ScriptedDaemon {
  readonly fake: FakeDaemon;
  readonly #subscriptions: Map<Topic, number>;

  private constructor(fake: FakeDaemon, subscriptions: Map<Topic, number>) {
    this.fake = fake;
    this.#subscriptions = subscriptions;
  }

  static async start(snapshot: Partial<Snapshot> = {}, script: Script = {}): Promise<ScriptedDaemon> {
    const subscriptions = new Map<Topic, number>();
    let last = 0;
    const whole: Snapshot = {
      status: sampleStatus(),
      sessions: [...sampleSessions],
      session: { session: sampleSession(), exchanges: [], dropped: 0 },
      queue: sampleStatus().queue,
      log: [...sampleEntries],
      connections: [],
      ...snapshot,
    };
    const fake = await FakeDaemon.start({
      ...sampleScript,
      'housekeeper.list': { tasks: [] },
      'events.subscribe': ({ topics }) => {
        last += 1;
        for (const topic of topics) subscriptions.set(topic, last);
        return {
          subscription: last,
          snapshot: Object.fromEntries(topics.map((topic) => [topic, whole[topic]])) as Snapshot,
        };
      },
      'events.unsubscribe': { ended: true },
      ...script,
    });
    onTestFinished(() => fake.stop());
    return new ScriptedDaemon(fake, subscriptions);
  }

  get socket(): string {
    return this.fake.socket;
  }

  subscribed(topic: Topic): boolean {
    return this.#subscriptions.has(topic);
  }

  emit<T extends Topic>(topic: T, data: TopicData[T]): void {
    const subscription = this.#subscriptions.get(topic);
    if (subscription !== undefined) this.fake.emit(topic, data, undefined, subscription);
  }
}
