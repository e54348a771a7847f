/** Which host gets the mail: routes, MX records, and what is tried when one fails. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../daemon/clock.ts';
import { Resolver } from '../../../daemon/net/resolver.ts';
import { DeliveryRig, type RigOptions, via } from '../../helpers/delivery-rig.ts';
import { FakeDns, type Zone } from '../../helpers/fake-dns.ts';
import { RemoteSmtp } from '../../helpers/remote-smtp.ts';
import { until } from '../../helpers/until.ts';

let dns: FakeDns;
let resolver: Resolver;
let remote: RemoteSmtp;
let rig: DeliveryRig;

beforeEach(async () => {
  dns = await FakeDns.start();
  resolver = new Resolver({ servers: [dns.server], timeoutMs: 300, cacheEntries: 100 }, systemClock);
  remote = await RemoteSmtp.start();
});
afterEach(async () => {
  await rig.stop();
  resolver.close();
  await Promise.all([dns.stop(), remote.stop()]);
});

async function deliver(zones: Record<string, Zone>, options: RigOptions = {}, to = 'a@there.test') {
  Object.assign(dns.zones, zones);
  const delivery = { port: remote.port, attemptTimeoutMs: 1_000, ...options.delivery };
  rig = new DeliveryRig({ resolver, ...options, delivery });
  const id = rig.queue.add({ to: [to] });
  rig.delivery.start();
  await until(() => rig.queue.resultsOf(id).length > 0, 'an outcome');
  return rig.queue.resultsOf(id)[0];
}

/** Nothing listens on this loopback address: refused at once. */
const dead = { A: ['127.0.0.77'] };
const alive = { A: ['127.0.0.1'] };
const two: Record<string, Zone> = {
  'there.test': {
    MX: [
      [10, 'one.there.test'],
      [20, 'two.there.test'],
    ],
  },
};

test('the MX host gets it', async () => {
  expect(
    await deliver({ 'there.test': { MX: [[10, 'mx.there.test']] }, 'mx.there.test': alive }),
  ).toMatchObject({
    outcome: 'delivered',
    host: 'mx.there.test',
    address: '127.0.0.1',
  });
  expect(await rig.delivery.via('there.test')).toBe(`MX of there.test: mx.there.test:${remote.port}`);
});

test('the next host gets it when the first cannot be reached', async () => {
  expect(await deliver({ ...two, 'one.there.test': dead, 'two.there.test': alive })).toMatchObject({
    outcome: 'delivered',
    host: 'two.there.test',
  });
});

test.each([
  { name: 'greets with 554', script: { connect: '554 5.3.2 no' } },
  { name: 'greets with 421', script: { connect: '421 4.3.2 busy' } },
  { name: 'refuses for now', script: { mail: '451 4.3.2 later' } },
  { name: 'hangs', script: { connect: 'hang' } },
])('the next host gets it when the first $name', async ({ script }) => {
  // Both names lead to one server, which behaves badly the first time.
  let asked = 0;
  remote.script = Object.fromEntries(
    Object.entries(script).map(([stage, step]) => [stage, () => (asked++ === 0 ? step : undefined)]),
  );
  expect(await deliver({ ...two, 'one.there.test': alive, 'two.there.test': alive })).toMatchObject({
    outcome: 'delivered',
    host: 'two.there.test',
  });
});

test('a 5xx of the first host is final: the next is not asked', async () => {
  remote.script.rcpt = '550 5.1.1 no';
  expect(await deliver({ ...two, 'one.there.test': alive, 'two.there.test': alive })).toMatchObject({
    outcome: 'failed',
    host: 'one.there.test',
  });
  expect(remote.connections).toBe(1);
});

test('when no host can be reached, the mail is deferred with the reason of the last', async () => {
  expect(await deliver({ ...two, 'one.there.test': dead, 'two.there.test': dead })).toMatchObject({
    outcome: 'deferred',
    enhancedCode: '4.4.1',
    host: 'two.there.test',
    reply: `Connection to two.there.test[127.0.0.77]:${remote.port} refused`,
  });
});

test.each([
  ['5.1.2', 'failed', {}],
  ['5.1.10', 'failed', { 'there.test': { MX: [[0, '.']] } }],
  ['5.4.6', 'failed', { 'there.test': { MX: [[0, 'mail.here.test']] }, 'mail.here.test': alive }],
  ['5.4.4', 'failed', { 'there.test': { TXT: ['x'] } }],
  ['4.4.3', 'deferred', { 'there.test': { fails: 'SERVFAIL' } }],
  ['4.4.3', 'deferred', { 'there.test': { fails: 'silence' } }],
] as const)('the DNS gives %s: %s', async (enhancedCode, outcome, zones) => {
  const result = await deliver(zones as Record<string, Zone>);
  expect(result).toMatchObject({ enhancedCode, outcome, host: null });
  expect(rig.queue.reports).toHaveLength(outcome === 'failed' ? 1 : 0);
});

test('an address literal gets it without the DNS', async () => {
  expect(await deliver({}, {}, 'a@[127.0.0.1]')).toMatchObject({ outcome: 'delivered', host: '[127.0.0.1]' });
  expect(dns.queries).toEqual([]);
});

test('the first route that matches wins over MX records, without regard to case', async () => {
  const nowhere = { domain: '*.example.test', via: via(1) };
  const routes = [nowhere, { domain: 'there.*', via: via(remote.port) }, { domain: '*', via: via(1) }];
  expect(await deliver({}, { routes }, 'a@There.test')).toMatchObject({
    outcome: 'delivered',
    host: '127.0.0.1',
  });
  expect(dns.queries).toEqual([]);
});

test('a smarthost without an address never fails the mail', async () => {
  const routes = [{ domain: '*', via: via(remote.port, { host: 'smart.test' }) }];
  expect(await deliver({}, { routes })).toMatchObject({ outcome: 'deferred', enhancedCode: '4.4.3' });
});

test('a route to a connection that is not there defers', async () => {
  const routes = [{ domain: '*', connection: 'isp' }];
  expect(await deliver({}, { routes })).toMatchObject({ outcome: 'deferred', enhancedCode: '4.3.5' });
});
