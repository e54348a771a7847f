/** What is delivered when: fairness, limits, pauses, and that nothing goes round and round. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JobAttempt } from '../../../daemon/delivery/deliver.ts';
import { DomainHealth } from '../../../daemon/delivery/domain-health.ts';
import { Scheduler } from '../../../daemon/delivery/scheduler.ts';
import { nullLog } from '../../../daemon/log/logger.ts';
import type { DeliveryJob } from '../../../daemon/queue/message.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { FakeDeliveryQueue } from '../../helpers/fake-delivery-queue.ts';
import { until } from '../../helpers/until.ts';

/** Deliveries under way, which the test ends. */
class Deliveries {
  readonly running = new Map<string, (attempt: JobAttempt) => void>();
  readonly started: string[] = [];
  most = 0;
  readonly mostOf = new Map<string, number>();

  attempt(job: DeliveryJob): Promise<JobAttempt> {
    const name = `${job.messageId} ${job.domain}`;
    if (this.running.has(name)) throw new Error(`${name} is started twice`);
    this.started.push(name);
    return new Promise((resolve) => {
      this.running.set(name, (attempt) => {
        this.running.delete(name);
        resolve(attempt);
      });
      this.most = Math.max(this.most, this.running.size);
      const ofDomain = this.to(job.domain).length;
      this.mostOf.set(job.domain, Math.max(this.mostOf.get(job.domain) ?? 0, ofDomain));
    });
  }

  to(domain: string): string[] {
    return [...this.running.keys()].filter((name) => name.endsWith(` ${domain}`));
  }

  end(name: string): void {
    this.running.get(name)?.({ recipients: [], unreachable: false, interrupted: null, durationMs: 1 });
  }
}

let clock: FakeClock;
let queue: FakeDeliveryQueue;
let deliveries: Deliveries;
let health: DomainHealth;
let scheduler: Scheduler<JobAttempt>;
/** Ends all that starts, except to these. */
let stuck: Set<string>;
let recording: (() => Promise<void>) | null;

beforeEach(() => {
  clock = new FakeClock();
  queue = new FakeDeliveryQueue(() => clock.now());
  deliveries = new Deliveries();
  stuck = new Set();
  recording = null;
  make({ concurrency: 6, concurrencyPerDomain: 3 });
});
afterEach(async () => {
  recording = null;
  const stopped = scheduler.stop();
  for (const name of [...deliveries.running.keys()]) deliveries.end(name);
  await stopped;
});

function make(limits: { concurrency: number; concurrencyPerDomain: number }): void {
  health = new DomainHealth(limits.concurrencyPerDomain, clock);
  scheduler = new Scheduler<JobAttempt>(limits, {
    queue,
    health,
    clock,
    log: nullLog.for('delivery'),
    work: {
      attempt: async (job) => {
        const attempt = await deliveries.attempt(job);
        health.answered(job.domain, '250 ok');
        return attempt;
      },
      record: async (job) => {
        await recording?.();
        await queue.record(
          {
            messageId: job.messageId,
            domain: job.domain,
            at: clock.now(),
            results: job.recipients.map(({ n }) => ({
              n,
              outcome: 'delivered' as const,
              host: null,
              address: null,
              durationMs: 0,
              code: 250,
              enhancedCode: null,
              reply: '250 ok',
              tls: null,
              nextAttemptAt: null,
              delayNotified: false,
            })),
          },
          [],
        );
        return { nextDueAt: null };
      },
    },
  });
}

/** Lets microtasks and queries pass, and the short waits of the scheduler. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1);
  }
}

/** Ends deliveries as they start, but for those to stuck domains, until nothing of the others waits. */
async function work(done: () => boolean): Promise<void> {
  await until(async () => {
    for (const name of [...deliveries.running.keys()]) {
      if (!stuck.has(name.split(' ')[1] ?? '')) deliveries.end(name);
    }
    await settle();
    return done();
  });
}

function add(domain: string, count: number): void {
  for (let i = 0; i < count; i++) queue.add({ to: [`u@${domain}`] });
}

describe('limits', () => {
  test('hold in all and for each domain', async () => {
    for (const domain of ['a.test', 'b.test']) add(domain, 50);
    for (const domain of ['c.test', 'd.test']) queue.add({ to: [`u@${domain}`], dueAt: clock.now() });
    scheduler.start();
    await work(() => queue.waiting.length === 0);
    expect(deliveries.most).toBe(6);
    expect(Math.max(...deliveries.mostOf.values())).toBe(3);
    expect(deliveries.started).toHaveLength(102);
  });

  test('one domain alone uses its limit and no more', async () => {
    add('a.test', 50);
    scheduler.start();
    await work(() => queue.waiting.length === 0);
    expect(deliveries.most).toBe(3);
  });

  test('a domain begins with two at a time, and one that cannot be reached has one', async () => {
    add('a.test', 10);
    scheduler.start();
    await settle();
    expect(deliveries.running.size).toBe(2);
    health.unreachable('b.test', 'refused', null, 0);
    add('b.test', 10);
    scheduler.wake();
    await settle();
    expect(deliveries.to('b.test')).toHaveLength(1);
  });

  test('outcomes that wait for the disk hold no slot, and only so many of them', async () => {
    let release = () => {};
    const disk = new Promise<void>((resolve) => {
      release = resolve;
    });
    recording = () => disk;
    make({ concurrency: 2, concurrencyPerDomain: 2 });
    add('a.test', 50);
    scheduler.start();
    await work(() => deliveries.started.length >= 8);
    await work(() => deliveries.running.size === 0);
    expect(deliveries.started.length).toBeLessThanOrEqual(9);
    expect(scheduler.active().size).toBe(deliveries.started.length);
    release();
    await work(() => queue.waiting.length === 0);
    expect(scheduler.active().size).toBe(0);
  });
});

describe('fairness', () => {
  test('a domain that hangs holds up no other', async () => {
    add('dead.test', 100);
    add('live.test', 50);
    stuck.add('dead.test');
    scheduler.start();
    await work(() => deliveries.started.filter((name) => name.endsWith('live.test')).length === 50);
    expect(deliveries.to('dead.test').length).toBeGreaterThan(0);
  });

  test('many domains that cannot be reached leave half of the slots to the others', async () => {
    const dead = Array.from({ length: 10 }, (_, i) => `dead${i}.test`);
    for (const domain of dead) {
      add(domain, 5);
      stuck.add(domain);
      health.unreachable(domain, 'timed out', '4.4.1', 0);
    }
    scheduler.start();
    await settle();
    expect(deliveries.running.size).toBe(3);
    add('live.test', 20);
    scheduler.wake();
    await work(() => deliveries.started.filter((name) => name.endsWith('live.test')).length === 20);
  });

  test('domains take turns', async () => {
    add('a.test', 20);
    add('b.test', 20);
    make({ concurrency: 2, concurrencyPerDomain: 2 });
    scheduler.start();
    await work(() => queue.waiting.length === 0);
    const half = deliveries.started.slice(0, 20).filter((name) => name.endsWith('a.test'));
    expect(half.length).toBeGreaterThan(5);
    expect(half.length).toBeLessThan(15);
  });
});

describe('sleep', () => {
  test('ends when the next delivery is due', async () => {
    scheduler.start();
    await settle();
    queue.add({ to: ['u@a.test'], dueAt: clock.now() + 30_000 });
    await scheduler.quiesce(async () => {});
    await settle();
    clock.advance(29_000);
    await settle();
    expect(deliveries.started).toEqual([]);
    clock.advance(1_000);
    await settle();
    expect(deliveries.started).toEqual(['1 a.test']);
  });

  test.each([-3_600_000, 86_400_000, 10 * 365 * 86_400_000])(
    'has no hot loop when the wall clock jumps by %i ms',
    async (jump) => {
      queue.add({ to: ['u@a.test'], dueAt: clock.now() + 30_000 });
      scheduler.start();
      await settle();
      clock.jump(jump);
      const before = { ...queue.calls };
      for (let i = 0; i < 60; i++) {
        clock.advance(1_000);
        await settle();
        for (const name of [...deliveries.running.keys()]) deliveries.end(name);
      }
      expect(queue.calls.dueDomains - before.dueDomains).toBeLessThan(20);
      expect(queue.calls.nextDueAt - before.nextDueAt).toBeLessThan(20);
    },
  );

  test('asks the queue rarely, however often it is woken', async () => {
    scheduler.start();
    await settle();
    const before = queue.calls.dueDomains;
    for (let i = 0; i < 1_000; i++) scheduler.wake();
    await settle();
    expect(queue.calls.dueDomains - before).toBeLessThanOrEqual(3);
  });

  test('does not take a short answer for the end: messages of many recipients come few at a time', async () => {
    for (let i = 0; i < 10; i++) queue.add({ to: Array.from({ length: 50 }, (_, n) => `u${n}@a.test`) });
    scheduler.start();
    await work(() => queue.waiting.length === 0);
    expect(deliveries.started).toHaveLength(10);
  });

  test('outlives a queue that cannot be read', async () => {
    add('a.test', 1);
    queue.afterDueJobs = () => Promise.reject(new Error('disk I/O error'));
    scheduler.start();
    await settle();
    expect(deliveries.started).toEqual([]);
    queue.afterDueJobs = null;
    clock.advance(6_000);
    await work(() => queue.waiting.length === 0);
  });

  test('of a domain does not last on, when it is found in the moment in which another is done with', async () => {
    add('a.test', 1);
    scheduler.start();
    await until(async () => {
      await settle();
      return deliveries.running.has('1 a.test');
    });
    // From here on what the queue is asked is answered in one turn: nothing more of a.test, and there is b.test.
    const held: (() => void)[] = [];
    const hold = (): Promise<void> => new Promise((resolve) => held.push(resolve));
    const { dueDomains } = queue;
    queue.afterDueJobs = hold;
    queue.dueDomains = async (...question) => {
      const domains = await dueDomains.apply(queue, question);
      await hold();
      return domains;
    };
    add('b.test', 1);
    scheduler.wake();
    deliveries.end('1 a.test');
    await until(async () => {
      await settle();
      return held.length === 2;
    });
    queue.afterDueJobs = null;
    queue.dueDomains = dueDomains;
    for (const answer of held) answer();
    await settle();
    expect(deliveries.started).toEqual(['1 a.test', '2 b.test']);
  });
});

describe('the same message', () => {
  test('is not started again from an answer that was read before its outcome was written', async () => {
    make({ concurrency: 2, concurrencyPerDomain: 2 });
    add('a.test', 4);
    let release = () => {};
    scheduler.start();
    await settle();
    // A question is under way with an answer already made, while the outcome of what it read is written.
    queue.afterDueJobs = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    scheduler.wake();
    await settle();
    for (const name of [...deliveries.running.keys()]) deliveries.end(name);
    await settle();
    queue.afterDueJobs = null;
    release();
    await work(() => queue.waiting.length === 0);
    expect(new Set(deliveries.started).size).toBe(deliveries.started.length);
  });

  test('goes to each of its domains at the same time', async () => {
    queue.add({ to: ['u@a.test', 'u@b.test'] });
    scheduler.start();
    await settle();
    expect(deliveries.started.sort()).toEqual(['1 a.test', '1 b.test']);
  });
});

describe('an operator', () => {
  test('pauses: nothing starts, what is under way goes on, and all goes on afterwards', async () => {
    add('a.test', 10);
    scheduler.start();
    await settle();
    scheduler.pause();
    for (const name of [...deliveries.running.keys()]) deliveries.end(name);
    await settle();
    expect(deliveries.started).toHaveLength(2);
    scheduler.wake();
    await settle();
    expect(deliveries.started).toHaveLength(2);
    scheduler.resume();
    await work(() => queue.waiting.length === 0);
  });

  test('changes the queue while nothing starts, and what had been fetched ahead is forgotten', async () => {
    add('a.test', 10);
    scheduler.start();
    await settle();
    const before = deliveries.started.length;
    const answer = await scheduler.quiesce(async () => {
      for (const name of [...deliveries.running.keys()]) deliveries.end(name);
      await settle();
      expect(deliveries.started).toHaveLength(before);
      for (const id of queue.waiting) queue.postpone(id, clock.now() + 3_600_000);
      return 'done';
    });
    await settle();
    expect(answer).toBe('done');
    expect(deliveries.started).toHaveLength(before);
  });

  test('whose verb fails gets the error, and deliveries go on', async () => {
    add('a.test', 1);
    scheduler.start();
    await expect(scheduler.quiesce(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await work(() => queue.waiting.length === 0);
  });

  test('stops: what is under way ends first', async () => {
    add('a.test', 10);
    scheduler.start();
    await settle();
    let stopped = false;
    const stop = scheduler.stop().then(() => {
      stopped = true;
    });
    await settle();
    expect(stopped).toBe(false);
    for (const name of [...deliveries.running.keys()]) deliveries.end(name);
    await stop;
    expect(deliveries.started).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });
});
