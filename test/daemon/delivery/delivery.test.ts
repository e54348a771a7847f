/** The worker as a whole: rests, stops, the log, and a database in trouble. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DnsResolver } from '../../../daemon/net/resolver.ts';
import { DeliveryRig, type RigOptions, via } from '../../helpers/delivery-rig.ts';
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

function start(options: RigOptions = {}): void {
  rig = new DeliveryRig({ routes: [{ domain: '*', via: via(remote.port) }], ...options });
  rig.delivery.start();
}

test('each result is one line of the log', async () => {
  remote.script.rcpt = (line) =>
    line.includes('<no@') ? '550 5.1.1 no' : line.includes('<later@') ? '450 4.2.0 later' : undefined;
  start();
  const id = rig.queue.add({ to: ['a@t.test', 'no@t.test', 'later@t.test'] });
  rig.delivery.wake();
  await until(() => rig.queue.resultsOf(id).length === 3);
  const lines = rig.log.filter((line) => line.level === 'info');
  expect(lines.map((line) => [line.message, line.to, line.reply])).toEqual([
    ['delivered', 'a@t.test', '250 2.0.0 taken'],
    ['bounced', 'no@t.test', '550 5.1.1 no'],
    ['deferred', 'later@t.test', '450 4.2.0 later'],
  ]);
  expect(lines[0]).toMatchObject({
    queueId: id,
    host: '127.0.0.1',
    sessionId: rig.sessions.all[0]?.id,
    tls: null,
  });
});

/** A name server that never answers for one domain: the way in which a dead host holds up those who wait for it. */
class SlowDns implements DnsResolver {
  asked = 0;
  readonly #waiting: ((addresses: readonly string[]) => void)[] = [];
  async mx(domain: string) {
    return [{ exchange: domain, preference: 0 }];
  }
  ipv4(): Promise<readonly string[]> {
    this.asked += 1;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
  ipv6 = () => this.ipv4();
  answer(): void {
    for (const resolve of this.#waiting.splice(0)) resolve(['127.0.0.77']);
  }
}

test('a domain that could not be reached rests as long as that took; what is due meanwhile is deferred without a wait', async () => {
  const dns = new SlowDns();
  const clock = new FakeClock();
  start({ routes: [], resolver: dns, clock, delivery: { port: remote.port } });
  for (let i = 0; i < 50; i++) rig.queue.add({ to: [`u${i}@dead.test`] });
  rig.delivery.wake();
  await until(() => dns.asked === 2);
  clock.advance(9_000);
  dns.answer();
  await until(async () => {
    clock.advance(1);
    return rig.queue.results.length === 50;
  });
  expect(dns.asked).toBe(2);
  const reply = `Connection to dead.test[127.0.0.77]:${remote.port} refused`;
  expect(rig.queue.results.filter((r) => r.reply === reply)).toHaveLength(2);
  expect(rig.queue.results.filter((r) => r.reply === `${reply} (not tried again so soon)`)).toHaveLength(48);
  const [domain] = rig.delivery.domains();
  expect(domain).toMatchObject({ domain: 'dead.test', lastReply: reply });
  expect((domain?.backoffUntil ?? 0) - clock.now()).toBeGreaterThan(7_000);

  rig.queue.add({ to: ['now@dead.test'] });
  rig.delivery.sendNow();
  await until(async () => {
    clock.advance(1);
    return dns.asked === 3;
  });
  dns.answer();
});

test('a connection that is refused at once brings no rest: the next message is tried', async () => {
  const { port } = remote;
  await remote.stop();
  start({ routes: [{ domain: '*', via: via(port) }] });
  for (let i = 0; i < 5; i++) rig.queue.add({ to: [`u${i}@there.test`] });
  rig.delivery.wake();
  await until(() => rig.queue.results.length === 5);
  expect(rig.queue.results.every((r) => r.reply.endsWith('refused'))).toBe(true);
  expect(rig.delivery.domains()).toEqual([]);
  remote = await RemoteSmtp.start();
});

test('stop lets deliveries in flight end', async () => {
  start();
  let release = () => {};
  rig.queue.beforeRecord = () =>
    new Promise((resolve) => {
      release = resolve;
    });
  const id = rig.queue.add({ to: ['a@there.test'] });
  rig.delivery.wake();
  await until(
    () => remote.messages.length === 1 && rig.delivery.active().get(id)?.detail === 'Writing the outcome',
  );
  let stopped = false;
  const stop = rig.delivery.stop({ drainMs: 10_000 }).then(() => {
    stopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  release();
  await stop;
  expect(rig.queue.resultsOf(id)[0]?.outcome).toBe('delivered');
  await until(() => rig.sessions.live.length === 0);
});

test('stop cuts off what does not end in time, and leaves it due as it was', async () => {
  remote.script.mail = 'hang';
  start();
  const id = rig.queue.add({ to: ['a@there.test'] });
  rig.delivery.wake();
  await until(() => rig.sessions.live[0]?.state === 'mail');
  await rig.delivery.stop({ drainMs: 20 });
  expect(rig.queue.outcomes).toEqual([]);
  expect(rig.queue.waiting).toEqual([id]);
  expect(rig.delivery.active().size).toBe(0);
  await until(() => rig.sessions.live.length === 0);
});

test('an outcome that cannot be written is written later, and the message is not sent again meanwhile', async () => {
  const clock = new FakeClock();
  start({ clock });
  rig.queue.beforeRecord = () => Promise.reject(new Error('database or disk is full'));
  const id = rig.queue.add({ to: ['a@there.test'] });
  rig.delivery.wake();
  await until(() => rig.log.some((line) => line.message === 'outcome cannot be written yet'));
  expect(rig.delivery.active().get(id)?.detail).toBe('Writing the outcome');
  rig.delivery.wake();
  clock.advance(500);
  rig.queue.beforeRecord = null;
  clock.advance(600);
  await until(() => rig.queue.resultsOf(id).length > 0);
  expect(rig.queue.resultsOf(id)[0]?.outcome).toBe('delivered');
  expect(remote.messages).toHaveLength(1);
});
