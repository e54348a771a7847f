/**
 * One accept, one delivery, one bounce, and at each write and sync that they make the disk fails or the process dies.
 * `MAILD_FAULT_ALL=1` tries every one of those calls, otherwise a few of each kind.
 */
import { describe, expect, it } from 'vitest';
import { databaseFaults } from '../helpers/database-check.ts';
import { ann, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { type Fault, injectFault, strace } from '../helpers/strace.ts';
import { until } from '../helpers/until.ts';

const all = process.env.MAILD_FAULT_ALL !== undefined;
/** Above the limit to which messages are kept in the database. */
const large = `${'x'.repeat(70)}\r\n`.repeat(1_000);

/** Calls of each kind that are tried: all up to the first that is not made any more, or these. */
const points: Readonly<Record<string, readonly number[]>> = {
  fdatasync: [1],
  pwrite64: [1, 4],
  fsync: [1],
  rename: [1],
  ftruncate: [1],
};
const mostPoints = 100;

interface Deed {
  readonly name: string;
  readonly calls: readonly string[];
  /** Before the disk fails. */
  prepare?(system: MailSystem, subject: string): Promise<void>;
  /** Resolves when it is over, for good or not; answers whether maild has promised something. */
  act(system: MailSystem, subject: string): Promise<boolean>;
  /** How often the message must have come, once everything works again. */
  readonly arrives: { readonly at: 'inbox' | 'remote'; readonly least: number; readonly most: number };
}

const deeds: readonly Deed[] = [
  {
    name: 'an accept',
    calls: ['fdatasync', 'pwrite64'],
    act: (system, subject) => accepted(system, subject, 'hello'),
    arrives: { at: 'inbox', least: 1, most: 1 },
  },
  {
    name: 'an accept of a large message',
    calls: ['fdatasync', 'fsync', 'rename', 'pwrite64'],
    act: (system, subject) => accepted(system, subject, large),
    arrives: { at: 'inbox', least: 1, most: 1 },
  },
  {
    name: 'a delivery',
    calls: ['fdatasync', 'pwrite64'],
    prepare: waiting('bob@example.net'),
    act: delivered,
    arrives: { at: 'remote', least: 1, most: 2 },
  },
  {
    name: 'a bounce',
    calls: ['fdatasync', 'pwrite64'],
    prepare: waiting('nobody@example.net'),
    act: delivered,
    // Outcome and report are one transaction: never a report too many, never one too few.
    arrives: { at: 'inbox', least: 1, most: 1 },
  },
];

async function accepted(system: MailSystem, subject: string, body: string): Promise<boolean> {
  try {
    const { code, text } = await system.attempt({ to: [ann], subject, body });
    if (code !== 250) expect(text).toMatch(/^45[12] 4\.3\./);
    return code === 250;
  } catch {
    // It died over it.
    return false;
  }
}

/** A message for somebody elsewhere, in the queue while nothing is delivered. */
function waiting(to: string): NonNullable<Deed['prepare']> {
  return async (system, subject) => {
    await system.maild.call('server.pause', { parts: ['delivering'] });
    await system.send({ from: ann, to: [to], subject });
  };
}

/** Lets it go; it has been promised since it was taken. */
async function delivered(system: MailSystem): Promise<boolean> {
  await system.maild.call('server.resume', { parts: ['delivering'] }).catch(() => {});
  return true;
}

const times = async (system: MailSystem, at: 'inbox' | 'remote', subject: string): Promise<number> => {
  const texts =
    at === 'remote'
      ? system.remote.messages.map(({ body }) => body)
      : (await system.inbox()).map(({ content }) => content);
  return texts.filter((text) => text.includes(`Subject: ${subject}\r\n`)).length;
};

const start = (): Promise<MailSystem> =>
  startMailSystem({
    env: { UV_THREADPOOL_SIZE: '1' },
    config:
      'delivery.retry_schedule = ["1s"]\nlog.files = 0\nlog.level = "warn"\nlog.levels = { server = "info" }',
    remote: { rcpt: (line) => (line.includes('nobody') ? '550 5.1.1 no such user' : undefined) },
  });

/** Whether the fault came about; then everything has been put right again and looked at. */
async function suffer(
  system: MailSystem,
  deed: Deed,
  call: string,
  nth: number,
  fault: Fault,
): Promise<boolean> {
  const { maild } = system;
  const subject = `${fault} at ${call} ${nth}`;
  await deed.prepare?.(system, subject);
  const injection = await injectFault(maild.pid, call, fault, nth);
  const promised = await deed.act(system, subject);
  if (deed.prepare !== undefined) await settled(system, fault);
  const came = await injection.detach();
  if (fault === 'SIGKILL') {
    if (came) {
      await maild.ended();
      await maild.start();
    }
  } else
    await until(
      async () => (await maild.call('status.get', {})).database.state === 'ok',
      'a database that is well',
    );
  await maild.call('server.resume', { parts: ['delivering'] });
  await maild.call('queue.sendNow', { filter: {}, all: true });
  await system.queueEmpty();
  const { at, least, most } = deed.arrives;
  const count = await times(system, at, subject);
  expect(count, subject).toBeGreaterThanOrEqual(promised ? least : 0);
  expect(count, subject).toBeLessThanOrEqual(most);
  // After a disk that failed nobody knows whether the row was written: its file stays until the next start.
  const faults = await databaseFaults(maild.stateDir);
  expect(
    faults.filter((text) => fault === 'SIGKILL' || !text.startsWith('stray file')),
    subject,
  ).toEqual([]);
  return came;
}

/** The attempt is over: the outcome is written, or it has been told that it cannot be, or maild is dead. */
async function settled(system: MailSystem, fault: Fault): Promise<void> {
  const told = /outcome cannot be written yet/g;
  const before = system.maild.logs().match(told)?.length ?? 0;
  await until(async () => {
    if (fault !== 'SIGKILL' && (system.maild.logs().match(told)?.length ?? 0) > before) return true;
    const waiting = await system.queue().catch(() => []);
    return waiting.length === 0;
  }, 'the end of the attempt');
}

describe.skipIf(strace === null)('with strace', { timeout: all ? 600_000 : 40_000 }, () => {
  for (const fault of ['SIGKILL', 'EIO'] as const)
    for (const deed of deeds)
      it(`${deed.name} survives ${fault} at each of its calls`, async () => {
        const system = await start();
        let faults = 0;
        for (const call of deed.calls) {
          const nths = all ? Array.from({ length: mostPoints }, (_, n) => n + 1) : (points[call] ?? []);
          for (const nth of nths) {
            if (!(await suffer(system, deed, call, nth, fault))) break;
            faults += 1;
          }
        }
        expect(faults).toBeGreaterThanOrEqual(deed.calls.length);
        await system.maild.restart();
        expect(await databaseFaults(system.maild.stateDir)).toEqual([]);
      });
});
