/**
 * Twenty senders, deliveries and an operator at work, and maild killed in the midst of it, again and again:
 * `MAILD_FAULT_ROUNDS` times. What it said 250 to must all be somewhere in the end.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { RunningMaild } from '../helpers/daemon.ts';
import { databaseFaults } from '../helpers/database-check.ts';
import { ann, startMailSystem } from '../helpers/mail-system.ts';
import { Random } from '../helpers/random.ts';
import type { RemoteSmtp } from '../helpers/remote-smtp.ts';
import { SmtpTestClient } from '../helpers/smtp-test-client.ts';
import { until } from '../helpers/until.ts';

const rounds = Number(process.env.MAILD_FAULT_ROUNDS ?? 12);
const senders = 20;
const concurrency = 5;
/** A delivery is in flight until its outcome is on disk; the scheduler lets four outcomes a slot wait for that. */
const mostInFlight = concurrency * 5;
/** It dies after so many acknowledgements at most, and a few milliseconds: whatever it is doing then. */
const mostPerLife = 300;
const mostDelayMs = 30;
/** Above the limit to which messages are kept in the database. */
const large = `${'x'.repeat(70)}\r\n`.repeat(1_000);

type Where = 'remote' | 'refused' | 'local';

class Load {
  /** What was said 250 to, by the word in its Subject. */
  readonly acknowledged = new Map<string, Where>();
  /** Under which they were taken. */
  readonly ids: string[] = [];
  readonly #random: Random;
  #sent = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Sends until the connection breaks. */
  async sender(port: number): Promise<void> {
    let client: SmtpTestClient | null = null;
    try {
      client = await SmtpTestClient.ready(port);
      for (;;) await this.#one(client);
    } catch {
      client?.close();
    }
  }

  async #one(client: SmtpTestClient): Promise<void> {
    this.#sent += 1;
    const word = `word-${this.#sent}-`;
    const where = this.#where();
    const to = {
      remote: `bob${this.#sent % 7}@d${this.#sent % 9}.example`,
      refused: 'refused@no.example',
      local: ann,
    };
    await client.envelope(ann, [to[where]]);
    const body = this.#random.chance(0.02) ? large : 'short\r\n';
    const { code, text } = await client.message(`Subject: ${word}\r\n\r\n${body}`);
    if (code !== 250) return;
    this.acknowledged.set(word, where);
    this.ids.push(/queued as (\d+)/.exec(text)?.[1] ?? '?');
  }

  #where(): Where {
    const chance = this.#random.next();
    if (chance < 0.1) return 'refused';
    return chance < 0.3 ? 'local' : 'remote';
  }
}

/** Holds and releases everything for as long as maild lives: verbs that must be all or nothing. */
async function operate(maild: RunningMaild): Promise<void> {
  try {
    for (;;) {
      await maild.call('queue.hold', { filter: {}, all: true });
      await maild.call('queue.release', { filter: {}, all: true });
    }
  } catch {}
}

const wordsOf = (texts: readonly string[]): string[] =>
  texts.map((text) => /^Subject: (word-\d+-)/m.exec(text)?.[1] ?? '?');

/** The words that the remote took, one list for each life of maild. */
function takenPerLife(remote: RemoteSmtp, ends: readonly number[]): string[][] {
  const words = wordsOf(remote.messages.map(({ body }) => body));
  return [...ends, words.length].map((end, life) => words.slice(life === 0 ? 0 : ends[life - 1], end));
}

it(`keeps all that it acknowledged through ${rounds} times kill -9 under load`, {
  timeout: 600_000,
}, async () => {
  const random = new Random();
  const later = new Random(7);
  const system = await startMailSystem({
    config: `delivery.concurrency = ${concurrency}\ndelivery.retry_schedule = ["1s"]\nlog.level = "warn"\nlog.levels = { server = "info" }`,
    remote: {
      rcpt: (line) => {
        if (line.includes('refused@')) return '550 5.1.1 no such user';
        return later.chance(0.05) ? '451 4.7.1 come back' : undefined;
      },
    },
  });
  const { maild, remote } = system;
  const load = new Load(random);
  const ends: number[] = [];

  for (let round = 0; round < rounds; round += 1) {
    const work = [
      random.chance(0.5) ? operate(maild) : null,
      ...Array.from({ length: senders }, () => load.sender(maild.ports.smtp)),
    ];
    const enough = load.acknowledged.size + random.below(mostPerLife);
    await until(() => load.acknowledged.size >= enough, `${enough} acknowledged messages`, 60_000);
    await delay(random.below(mostDelayMs));
    await maild.kill9();
    await Promise.all(work);
    // What the remote had read before the end may still be on its way through its sockets.
    await until(() => remote.open === 0, 'the end of the connections of the dead');
    ends.push(remote.messages.length);
    if (random.chance(0.2)) {
      await dieEarly(maild, random);
      // On a quick machine even that was long enough to send something.
      await until(() => remote.open === 0, 'the end of the connections of a short life');
      ends.push(remote.messages.length);
    }
    await maild.start();
  }
  await maild.call('queue.release', { filter: {}, all: true });
  await maild.call('queue.sendNow', { filter: {}, all: true });
  await until(async () => (await system.queue()).length === 0, 'an empty queue', 120_000);

  const lives = takenPerLife(remote, ends);
  const arrived = new Set([
    ...lives.flat(),
    ...wordsOf((await system.inbox()).map(({ content }) => content)),
  ]);
  const missing = [...load.acknowledged].filter(([word]) => !arrived.has(word));
  expect(missing).toEqual([]);
  expect(new Set(load.ids).size, 'ids, none of them used again').toBe(load.ids.length);
  expect(load.acknowledged.size).toBeGreaterThan(rounds * 50);

  let duplicates = 0;
  const before = new Set<string>();
  for (const [life, words] of lives.entries()) {
    expect(new Set(words).size, `sent twice in life ${life}`).toBe(words.length);
    const again = words.filter((word) => before.has(word)).length;
    duplicates += again;
    for (const word of words) before.add(word);
  }
  expect(duplicates).toBeLessThanOrEqual(ends.length * mostInFlight);
  expect(await databaseFaults(maild.stateDir)).toEqual([]);
  if (process.env.MAILD_FAULT_ROUNDS !== undefined)
    console.log(`${load.acknowledged.size} acknowledged, ${duplicates} sent twice, none lost`);
});

/** Killed before it is ready, while it looks through what the life before left. */
async function dieEarly(maild: RunningMaild, random: Random): Promise<void> {
  const start = maild.start().catch(() => {});
  await delay(random.below(400));
  await maild.kill9();
  await start;
}
