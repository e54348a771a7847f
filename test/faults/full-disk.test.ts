import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { databaseFaults } from '../helpers/database-check.ts';
import { ann, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { SmallDisk, whyNoSmallDisk } from '../helpers/small-disk.ts';
import { until } from '../helpers/until.ts';

const reason = whyNoSmallDisk();
/** Above the limit to which messages are kept in the database. */
const large = `${'x'.repeat(70)}\r\n`.repeat(10_000);

/** maild with its state on a small disk of its own. */
async function startOn(disk: SmallDisk, config: string): Promise<MailSystem> {
  // Where the helpers make their folders.
  vi.stubEnv('TMPDIR', disk.path);
  onTestFinished(() => void vi.unstubAllEnvs());
  const system = await startMailSystem({
    config: `${config}\ndelivery.retry_schedule = ["1s"]\nlog.file_size = "64k"\nlog.files = 1`,
  });
  vi.unstubAllEnvs();
  return system;
}

/** Sends until it is told that there is no space. Answers the subjects of what was taken before that. */
async function sendUntilRefused(system: MailSystem, name: string, body: string): Promise<string[]> {
  const taken: string[] = [];
  await until(
    async () => {
      const subject = `${name} ${taken.length}.`;
      const { code, text } = await system.attempt({ to: ['bob@example.net', ann], subject, body });
      if (code === 250) taken.push(subject);
      // The write that finds it out may be told of as an error of the disk.
      else expect(text).toMatch(/^(452 4\.3\.1 Insufficient storage|451 4\.3\.0 Local error)/);
      return code === 452;
    },
    'a 452',
    30_000,
  );
  return taken;
}

const subjects = (texts: readonly string[]): string[] =>
  texts.map((text) => /^Subject: (.*)$/m.exec(text)?.[1]?.trim() ?? '?').sort();

describe(`on a full disk${reason === null ? '' : ` (skipped: ${reason})`}`, { timeout: 90_000 }, () => {
  it.skipIf(reason !== null).each([
    ['that is watched', 'queue.min_free_space = "6M"', 'disk.full'],
    ['that shows it at a write', 'queue.min_free_space = "0"', 'database.full'],
  ])('%s: refuses with 452, says so, recovers by itself and loses nothing', async (_, config, code) => {
    const disk = new SmallDisk(48);
    const system = await startOn(disk, config);
    const { maild, remote } = system;
    const { pid } = maild;
    await maild.call('server.pause', { parts: ['delivering'] });
    const taken = ['before 0.', 'before 1.'];
    for (const subject of taken) await system.send({ to: ['bob@example.net', ann], subject });

    disk.fill();
    taken.push(...(await sendUntilRefused(system, 'large', large)));
    taken.push(...(await sendUntilRefused(system, 'small', 'hello')));
    const status = JSON.parse(await system.told('status', '--json'));
    expect(status.server.state).toBe('running');
    expect(status.warnings.list[0]).toMatchObject({ code, severity: 'error' });
    expect(await system.told('status')).toMatch(/no mail is taken|database is full/);
    expect((await system.mailctl('queue', 'list', '--json')).code).toBe(0);
    // Deliveries go on: what is sent cannot be written down, and is not sent again for that.
    await maild.call('server.resume', { parts: ['delivering'] });
    await until(() => remote.messages.length > 0, 'deliveries');

    disk.free();
    await until(async () => {
      const { code } = await system.attempt({ to: [ann], subject: 'afterwards.' });
      return code === 250;
    }, 'a 250 without a restart');
    taken.push('afterwards.');
    await system.queueEmpty();
    expect(maild.pid).toBe(pid);
    const { list } = (await maild.call('status.get', {})).warnings;
    expect(list.filter(({ code }) => /^(disk|database)\./.test(code))).toEqual([]);
    expect(subjects((await system.inbox()).map(({ content }) => content))).toEqual([...taken].sort());
    expect(subjects(remote.messages.map(({ body }) => body))).toEqual(
      taken.filter((subject) => subject !== 'afterwards.').sort(),
    );
    await maild.restart();
    expect(await databaseFaults(maild.stateDir)).toEqual([]);
  });

  it.skipIf(reason !== null)(
    'starts without a database, tells of it, and takes mail when there is room',
    async () => {
      const disk = new SmallDisk(32);
      const system = await startOn(disk, 'queue.min_free_space = "0"');
      const { maild } = system;
      await maild.kill9();
      for (const name of readdirSync(maild.stateDir)) rmSync(join(maild.stateDir, name), { recursive: true });
      disk.fill();
      await maild.start();
      const { database } = await maild.call('status.get', {});
      expect(['full', 'unavailable']).toContain(database.state);
      expect((await system.mailctl('status')).stdout).toContain('database');
      expect((await system.attempt()).text).toMatch(/^45[12] 4\.3\.[01] /);
      disk.free();
      await until(async () => (await system.attempt()).code === 250, 'a 250');
      expect((await maild.call('status.get', {})).database).toMatchObject({ state: 'ok', problem: null });
      await system.queueEmpty();
      expect(system.remote.messages).toHaveLength(1);
    },
  );
});
