import { describe, expect, it } from 'vitest';
import type { FetchMessages } from '../../../daemon/imap/fetch/fetch-messages-port.ts';
import { ImapTestClient } from '../../helpers/imap-test-client.ts';
import { until } from '../../helpers/until.ts';
import { startImap } from './harness.ts';

describe('a client that is slow or silent', () => {
  it('is sent away after the idle time, counted from its last command', async () => {
    const rig = await startImap({ config: { imap: { idleTimeoutMs: 60_000 } } });
    const client = await rig.alice();
    rig.clock.advance(59_000);
    await client.ok('NOOP');
    rig.clock.advance(59_000);
    await client.ok('NOOP');
    rig.clock.advance(62_000);
    expect(await client.rest()).toEqual(['* BYE Idle for too long']);
  });

  it('cannot hold a session by sending a command byte by byte', async () => {
    const rig = await startImap({ config: { imap: { commandTimeoutMs: 30_000 } } });
    const client = await rig.alice();
    const before = rig.bytesIn;
    for (let n = 1; n <= 4; n += 1) {
      client.write('x');
      await until(() => rig.bytesIn === before + n, 'a byte');
      rig.clock.advance(10_000);
    }
    expect(await client.rest()).toEqual(['* BYE Command takes too long']);
  });

  it('may take its time for a message, as long as it keeps the least rate', async () => {
    const rig = await startImap({ config: { imap: { commandTimeoutMs: 30_000, minBytesPerSecond: 100 } } });
    const client = await rig.alice();
    const tag = client.send('APPEND INBOX {6000+}');
    for (let n = 1; n <= 3; n += 1) {
      client.write('x'.repeat(2_000));
      await until(
        () => rig.registry.last.detail.includes(`${['2.0', '3.9', '5.9'][n - 1]} KB`),
        `piece ${n}`,
      );
      rig.clock.advance(20_000);
    }
    client.write('\r\n');
    expect((await client.until(tag)).at(-1)).toMatch(/^OK /);
    client.send('APPEND INBOX {6000+}');
    client.write('x'.repeat(100));
    await until(() => rig.registry.last.detail.includes('100 B'), 'a piece');
    rig.clock.advance(29_000);
    client.write('x'.repeat(50));
    await until(() => rig.registry.last.detail.includes('150 B'), 'a piece');
    rig.clock.advance(5_000);
    expect(await client.rest()).toEqual(['* BYE Command takes too long']);
  });
});

describe('a client that makes no sense', () => {
  it('is sent away after too many bad commands, and a good one makes up for a bad one', async () => {
    const rig = await startImap({ config: { imap: { maxErrors: 3 } } });
    const client = await rig.alice();
    for (let n = 0; n < 5; n += 1) {
      expect((await client.say('NONSENSE'))[0]).toMatch(/^BAD /);
      await client.ok('NOOP');
    }
    for (let n = 0; n < 3; n += 1) client.send('NONSENSE');
    const lines = await client.rest();
    expect(lines).toHaveLength(4);
    expect(lines[3]).toBe('* BYE Too many errors');
  });

  it('is told about literals beyond all limits before they are sent', async () => {
    const rig = await startImap();
    const client = await rig.alice();
    expect((await client.say('SELECT {4294967295}'))[0]).toMatch(/^(NO|BAD) /);
    expect((await client.say('APPEND INBOX {4294967295}'))[0]).toMatch(/^NO \[TOOBIG\] /);
    await client.ok('NOOP');
  });
});

describe('the end of a session', () => {
  it('by an operator is BYE with the reason', async () => {
    const rig = await startImap();
    const client = await rig.selected();
    rig.registry.last.kill('abuse\r\n');
    expect(await client.rest()).toEqual(['* BYE Session ended: abuse??']);
    await until(() => rig.registry.live.length === 0, 'the end');
    expect(rig.mailboxes.views).toBe(0);
  });

  it('by an operator cuts a long answer short', async () => {
    let aborted = false;
    const endless: FetchMessages = async ({ out, signal }) => {
      while (!signal.aborted) {
        await out.write(Buffer.from('* 1 FETCH (UID 1)\r\n'));
        await new Promise((resolve) => setImmediate(resolve));
      }
      aborted = true;
      throw new Error('aborted');
    };
    const rig = await startImap({ fetchMessages: endless });
    rig.mailboxes.deliver('one');
    const client = await rig.selected();
    client.send('FETCH 1:1 (FLAGS)');
    await client.line();
    expect(rig.registry.last.detail).toBe('FETCH 1:1 in INBOX');
    rig.registry.last.kill('enough');
    expect((await client.rest()).at(-1)).toBe('* BYE Session ended: enough');
    expect(aborted).toBe(true);
    expect(rig.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('by LOGOUT is BYE and OK', async () => {
    const rig = await startImap();
    const client = await rig.client();
    client.send('LOGOUT');
    expect(await client.rest()).toEqual(['* BYE Logging out', 't1 OK Logout completed']);
  });

  it('by the end of the server waits for the command in hand', async () => {
    const rig = await startImap();
    const idle = await rig.alice();
    const busy = await rig.alice();
    const tag = busy.send('APPEND INBOX {10+}');
    busy.write('12345');
    await until(() => rig.registry.last.detail.startsWith('APPEND'), 'the beginning');
    const closed = rig.close(30_000);
    expect(await idle.rest()).toEqual(['* BYE Server is shutting down']);
    busy.write('67890\r\n');
    expect(await busy.rest()).toEqual([
      `${tag} OK [APPENDUID 1001 1] Append completed`,
      '* BYE Server is shutting down',
    ]);
    await closed;
    await expect(ImapTestClient.open(rig.port)).rejects.toThrow();
  });
});
