/** A second maild on the same state, one that stands still for a while, and clocks that jump. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runMaild } from '../helpers/daemon.ts';
import { databaseFaults } from '../helpers/database-check.ts';
import { ann, startMailSystem } from '../helpers/mail-system.ts';
import { until } from '../helpers/until.ts';

const standstillMs = 5_000;

describe('a maild that stands still (SIGSTOP)', { timeout: 60_000 }, () => {
  it('keeps its state directory, and goes on where it was', async () => {
    const system = await startMailSystem();
    const { maild, remote } = system;
    const client = await system.client();
    await client.envelope(ann, [ann, 'bob@example.net']);
    await client.say('DATA', 354);
    client.write('Subject: half of it\r\n\r\nbefore\r\n');
    for (let n = 0; n < 20; n += 1) await system.send({ subject: `number ${n}.` });

    maild.signal('SIGSTOP');
    const rival = await runMaild(['--state', maild.stateDir, '--config', maild.configFile]);
    expect(rival.code).toBe(75);
    expect(rival.stderr).toContain(`another maild (process ${maild.pid})`);
    const asked = await system.mailctl('status', '--timeout', '1s');
    expect(asked.code).toBe(75);
    expect(asked.stderr).toMatch(/^mailctl: .*\n.*--timeout/);
    await delay(standstillMs);
    maild.signal('SIGCONT');

    client.write('after\r\n.\r\n');
    expect((await client.reply())?.code).toBe(250);
    client.close();
    await system.queueEmpty();
    expect(remote.messages).toHaveLength(21);
    expect(await system.inbox()).toHaveLength(1);
    expect((await maild.call('status.get', {})).server.state).toBe('running');
    expect(await databaseFaults(maild.stateDir)).toEqual([]);
  });
});

const libfaketime = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
  .map((machine) => `/usr/lib/${machine}/faketime/libfaketime.so.1`)
  .find((file) => existsSync(file));

/** The wall clock of one maild; the monotonic one goes on. */
class FakeTime {
  readonly #folder = mkdtempSync(join(tmpdir(), 'maild-time-'));
  readonly #file = join(this.#folder, 'offset');

  constructor() {
    this.jump('+0');
    onTestFinished(() => rmSync(this.#folder, { recursive: true }));
  }

  /** To so much before or after the true time, such as `-1h`. */
  jump(offset: string): void {
    writeFileSync(this.#file, offset);
  }

  get env(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: libfaketime ?? '',
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    };
  }
}

describe.skipIf(libfaketime === undefined)('a clock that jumps (libfaketime)', { timeout: 60_000 }, () => {
  it.each(['-1h', '+1d', '+10y'])(
    'by %s ends no message, makes no haste, and mail goes on',
    async (offset) => {
      const time = new FakeTime();
      const system = await startMailSystem({
        env: time.env,
        config: 'delivery.retry_schedule = ["1s"]\n',
        remote: { rcpt: (line) => (line.includes('later') ? '451 4.7.1 come back' : undefined) },
      });
      const { maild, remote } = system;
      const waiting = await system.send({ from: ann, to: ['later@example.net'] });
      await system.deferred(waiting);

      time.jump(offset);
      const tries = remote.commands.filter((line) => line.includes('later')).length;
      const fresh = await system.send({ to: ['bob@example.net'] });
      await until(() => remote.messages.length === 1, 'new mail at the other server');
      await maild.call('queue.sendNow', { filter: { ids: [waiting] } });
      await until(
        () => remote.commands.filter((line) => line.includes('later')).length > tries,
        'the next attempt',
      );
      await system.deferred(waiting);
      await until(
        async () => (await maild.call('queue.show', { id: fresh })).outcome === 'done',
        'the new one done',
      );
      const createdAt = Date.parse((await maild.call('queue.show', { id: fresh })).createdAt);
      const jumped = { '-1h': -3_600, '+1d': 86_400, '+10y': 10 * 365 * 86_400 }[offset] ?? 0;
      expect(Math.abs(createdAt - Date.now() - jumped * 1_000)).toBeLessThan(60_000);
      // It is still ours to deliver, and nobody has been told otherwise.
      expect(await system.queue()).toMatchObject([{ id: waiting, state: 'deferred' }]);
      expect(await system.inbox()).toEqual([]);
      expect(remote.commands.filter((line) => line.includes('later')).length - tries).toBeLessThan(10);
    },
  );
});
