/** Our own connections as sessions: visible from connect to close, with their dialogue, and ended on request. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DOT_TIMEOUT_MS } from '../../../daemon/delivery/smtp-client.ts';
import { DeliveryRig, via } from '../../helpers/delivery-rig.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { RemoteSmtp } from '../../helpers/remote-smtp.ts';
import { until } from '../../helpers/until.ts';

let remote: RemoteSmtp;
let rig: DeliveryRig;

beforeEach(async () => {
  remote = await RemoteSmtp.start();
});
afterEach(async () => {
  await rig.stop();
  await remote.stop();
});

function start(options: ConstructorParameters<typeof DeliveryRig>[0] = {}): void {
  rig = new DeliveryRig({ routes: [{ domain: '*', via: via(remote.port) }], ...options });
  rig.delivery.start();
}

test('the dialogue is recorded in both directions, without the message', async () => {
  start({ delivery: { idleConnectionMs: 0 } });
  rig.queue.add({ from: '', to: ['a@there.test'], body: 'Subject: private\r\n\r\nprivate\r\n' });
  rig.delivery.wake();
  await until(() => rig.sessions.all[0]?.ended);
  const [session] = rig.sessions.all;
  expect(session?.start).toMatchObject({
    type: 'smtp-client',
    remoteAddress: '127.0.0.1',
    remotePort: remote.port,
  });
  expect(session?.start.localPort).toBeGreaterThan(0);
  expect(session?.lines.filter((line) => !/^< 250[- ]/.test(line))).toEqual([
    '< 220 remote.test ESMTP',
    '> EHLO mail.here.test',
    expect.stringMatching(/^> MAIL FROM:<> SIZE=\d+$/),
    '> RCPT TO:<a@there.test>',
    '> DATA',
    '< 354 go ahead',
    '> QUIT',
    '< 221 2.0.0 bye',
  ]);
});

test('state and detail are true while the remote server thinks', async () => {
  remote.script.data = 'hang';
  start();
  const id = rig.queue.add({ to: ['a@there.test'] });
  rig.delivery.wake();
  await until(() => rig.sessions.live[0]?.state === 'mail');
  expect(rig.sessions.live[0]?.detail).toBe(`Delivering message ${id} to 127.0.0.1`);
  expect(rig.delivery.active().get(id)).toMatchObject({
    domain: 'there.test',
    detail: 'Delivering to 127.0.0.1',
    sessionId: rig.sessions.live[0]?.id,
  });
});

test('an idle connection waits, and is not active', async () => {
  start({ delivery: { idleConnectionMs: 60_000 } });
  const id = rig.queue.add({ to: ['a@there.test'] });
  rig.delivery.wake();
  await until(() => rig.queue.resultsOf(id).length > 0 && rig.delivery.active().size === 0);
  expect(rig.sessions.live[0]).toMatchObject({ state: 'idle', detail: 'Waiting', messages: 1 });
  rig.sessions.live[0]?.kill('enough');
  await until(() => rig.sessions.live.length === 0);
  expect(remote.commands.at(-1)).toBe('QUIT');
});

test('killed during a delivery: the socket goes, the mail comes back in a minute, the host is not blamed', async () => {
  remote.script.mail = 'hang';
  start();
  const id = rig.queue.add({ to: ['a@there.test'] });
  rig.delivery.wake();
  await until(() => rig.sessions.live[0]?.state === 'mail');
  rig.sessions.live[0]?.kill('looks stuck');
  await until(() => rig.queue.resultsOf(id).length > 0);
  const [result] = rig.queue.resultsOf(id);
  expect(result).toMatchObject({ outcome: 'deferred', reply: 'Session ended by an operator: looks stuck' });
  expect((result?.nextAttemptAt ?? 0) - Date.now()).toBeGreaterThan(55_000);
  expect(rig.delivery.domains()).toEqual([]);
  await until(() => remote.open === 0 && rig.sessions.live.length === 0);
});

test('after the dot the answer is waited for ten minutes; then the outcome is unknown and no other host is tried', async () => {
  remote.script.dot = 'hang';
  const clock = new FakeClock();
  start({ clock, delivery: { attemptTimeoutMs: 60_000 } });
  const id = rig.queue.add({ to: ['a@there.test'] });
  rig.delivery.wake();
  await until(() => rig.sessions.live[0]?.detail.startsWith('Waiting for'));
  clock.advance(DOT_TIMEOUT_MS - 1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(rig.queue.resultsOf(id)).toEqual([]);
  clock.advance(1);
  await until(() => rig.queue.resultsOf(id).length > 0);
  const [result] = rig.queue.resultsOf(id);
  expect(result?.outcome).toBe('deferred');
  expect(result?.reply).toContain('outcome unknown');
  expect(remote.connections).toBe(1);
});

test('a large message is streamed from its file, and one whose file is gone is deferred and never cut short', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'delivery-'));
  const path = join(folder, 'message');
  const body = `Subject: large\r\n\r\n${'.x\r\n'.repeat(300_000)}`;
  await writeFile(path, body);
  start();
  const id = rig.queue.add({ to: ['a@there.test'], path, sizeBytes: body.length });
  const gone = rig.queue.add({ to: ['a@there.test'], path: `${path}.gone`, sizeBytes: 10 });
  rig.delivery.wake();
  await until(() => rig.queue.resultsOf(id).length > 0 && rig.queue.resultsOf(gone).length > 0);
  expect(rig.queue.resultsOf(id)[0]?.outcome).toBe('delivered');
  expect(remote.messages.map((m) => `${m.body}\r\n` === body)).toEqual([true]);
  expect(rig.queue.resultsOf(gone)[0]).toMatchObject({ outcome: 'deferred', enhancedCode: '4.3.0' });
  await rm(folder, { recursive: true });
});
