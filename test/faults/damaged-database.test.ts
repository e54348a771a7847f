import {
  closeSync,
  copyFileSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { until } from '../helpers/until.ts';

const database = (system: MailSystem): string => join(system.maild.stateDir, 'maild.db');
const rubbish = Buffer.alloc(8_192, 'this was a page once. ');

/** Overwrites pages in the middle, as a failing disk does. */
function spoilPages(file: string): void {
  const { size } = statSync(file);
  const descriptor = openSync(file, 'r+');
  for (let at = 2 * rubbish.length; at < size; at += rubbish.length)
    writeSync(descriptor, rubbish, 0, rubbish.length, at);
  closeSync(descriptor);
}

const damages: readonly (readonly [string, (file: string) => void])[] = [
  ['pages of rubbish', spoilPages],
  ['another file in its place', (file) => writeFileSync(file, rubbish)],
  ['its end cut off', (file) => truncateSync(file, 3 * 8_192)],
];

describe('a damaged database', () => {
  it.each(damages)('(%s) is told of and taken no mail into, until it is restored', async (_, damage) => {
    const system = await startMailSystem();
    const { maild } = system;
    await maild.call('server.pause', { parts: ['delivering'] });
    for (let n = 0; n < 20; n += 1) await system.send({ subject: `kept ${n}`, body: 'x'.repeat(5_000) });
    await maild.stop();
    const copy = `${database(system)}.copy`;
    copyFileSync(database(system), copy);
    damage(database(system));

    await maild.start();
    await until(
      async () => (await maild.call('status.get', {})).database.state === 'damaged',
      'a database that is said to be damaged',
    );
    expect((await system.attempt()).text).toBe('451 4.3.0 Local error, try again later');
    const status = await system.mailctl('status');
    expect(status.code).toBe(0);
    expect(status.stdout).toContain('damaged');
    expect(status.stdout).toMatch(/restore the database from a backup/);
    const { server, database: told } = JSON.parse(await system.told('status', '--json'));
    expect(server.state).toBe('running');
    expect(told.problem).toEqual(expect.any(String));
    expect((await system.mailctl('sessions')).code).toBe(0);
    expect((await system.mailctl('log', '--level', 'error')).stdout).toContain('database is damaged');
    const held = await system.mailctl('queue', 'hold', '1');
    expect(held.code).toBe(1);
    expect(held.stderr).toMatch(/^mailctl: queue hold: .+\n/);

    expect(await maild.stop()).toEqual({ code: 0, signal: null });
    for (const suffix of ['-wal', '-shm']) rmSync(database(system) + suffix, { force: true });
    copyFileSync(copy, database(system));
    await maild.start();
    expect((await maild.call('status.get', {})).database).toMatchObject({ state: 'ok', problem: null });
    expect(await system.queue()).toHaveLength(20);
    expect((await system.attempt()).code).toBe(250);
  });
});
