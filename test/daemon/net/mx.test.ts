import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MxLookup, type MxOptions, RoutingError } from '../../../daemon/net/mx.ts';
import { Resolver } from '../../../daemon/net/resolver.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { FakeDns, type Zone } from '../../helpers/fake-dns.ts';

let dns: FakeDns;
let clock: FakeClock;
let resolver: Resolver;

beforeEach(async () => {
  dns = await FakeDns.start();
  clock = new FakeClock();
  resolver = new Resolver({ servers: [dns.server], timeoutMs: 300, cacheEntries: 100 }, clock);
});
afterEach(async () => {
  resolver.close();
  await dns.stop();
});

function lookup(zones: Record<string, Zone>, options: Partial<MxOptions> = {}): MxLookup {
  Object.assign(dns.zones, zones);
  return new MxLookup(resolver, {
    hostname: 'mail.here.test',
    isOurs: (address) => address === '192.0.2.99',
    ipv6: false,
    random: () => 0.5,
    ...options,
  });
}

async function names(mx: MxLookup, domain: string): Promise<string[]> {
  return (await mx.hosts(domain)).map((host) => host.name);
}

async function failure(mx: MxLookup, domain: string): Promise<{ status: string; temporary: boolean }> {
  const error = await mx.hosts(domain).then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
  if (!(error instanceof RoutingError)) throw error;
  return { status: error.enhancedCode, temporary: error.temporary };
}

const host = (address: string): Zone => ({ A: [address] });

describe('the hosts of a domain', () => {
  test('come in the order of their preference', async () => {
    const mx = lookup({
      'a.test': {
        MX: [
          [20, 'two.a.test'],
          [10, 'one.a.test'],
        ],
      },
      'one.a.test': host('192.0.2.1'),
      'two.a.test': host('192.0.2.2'),
    });
    expect(await mx.hosts('a.test')).toEqual([
      { name: 'one.a.test', addresses: ['192.0.2.1'] },
      { name: 'two.a.test', addresses: ['192.0.2.2'] },
    ]);
  });

  test('come at random among equals', async () => {
    const lots = [0.9, 0.1];
    const mx = lookup(
      {
        'a.test': {
          MX: [
            [10, 'x.a.test'],
            [10, 'y.a.test'],
          ],
        },
        'x.a.test': host('192.0.2.1'),
        'y.a.test': host('192.0.2.2'),
      },
      { random: () => lots.shift() ?? 0 },
    );
    const records = await resolver.mx('a.test');
    expect(await names(mx, 'a.test')).toEqual([records[1]?.exchange, records[0]?.exchange]);
  });

  test('are the domain itself when it has no MX record (implicit MX)', async () => {
    expect(await lookup({ 'a.test': host('192.0.2.1') }).hosts('A.test')).toEqual([
      { name: 'a.test', addresses: ['192.0.2.1'] },
    ]);
  });

  test('are found behind a CNAME', async () => {
    const mx = lookup({
      'www.test': { CNAME: 'a.test' },
      'a.test': { MX: [[10, 'mx.a.test']] },
      'mx.a.test': host('192.0.2.1'),
    });
    expect(await names(mx, 'www.test')).toEqual(['mx.a.test']);
  });

  test('have IPv6 and IPv4 addresses in turn when IPv6 is on', async () => {
    const zones = {
      'a.test': { A: ['192.0.2.1', '192.0.2.2'], AAAA: ['2001:db8::1'] },
    };
    expect((await lookup(zones, { ipv6: true }).hosts('a.test'))[0]?.addresses).toEqual([
      '2001:db8::1',
      '192.0.2.1',
      '192.0.2.2',
    ]);
    expect((await lookup(zones).hosts('a.test'))[0]?.addresses).toEqual(['192.0.2.1', '192.0.2.2']);
  });

  test('are capped for a domain with a hundred of them', async () => {
    const zones: Record<string, Zone> = {};
    // Twenty-five fit into a UDP answer; the cap is what counts here.
    const MX = Array.from({ length: 25 }, (_, i) => [i, `h${i}.a.test`] as const);
    for (const [i, name] of MX) zones[name] = host(`192.0.2.${i}`);
    expect(await names(lookup({ ...zones, 'a.test': { MX } }), 'a.test')).toHaveLength(20);
    expect(dns.queries.filter((query) => query.startsWith('A '))).toHaveLength(20);
  });

  test('leave out those without an address', async () => {
    const mx = lookup({
      'a.test': {
        MX: [
          [10, 'gone.a.test'],
          [20, 'here.a.test'],
        ],
      },
      'here.a.test': host('192.0.2.1'),
    });
    expect(await names(mx, 'a.test')).toEqual(['here.a.test']);
  });

  test('are the address of a literal, without a question to the DNS', async () => {
    const mx = lookup({});
    expect(await mx.hosts('[192.0.2.7]')).toEqual([{ name: '[192.0.2.7]', addresses: ['192.0.2.7'] }]);
    expect((await mx.hosts('[IPv6:2001:db8::7]'))[0]?.addresses).toEqual(['2001:db8::7']);
    expect(dns.queries).toEqual([]);
  });

  test('are asked for in ASCII for an internationalised domain', async () => {
    const mx = lookup({ 'xn--bcher-kva.test': host('192.0.2.1') });
    expect(await names(mx, 'bücher.test')).toEqual(['xn--bcher-kva.test']);
  });
});

describe('a loop to ourselves', () => {
  const MX = [
    [10, 'first.test'],
    [20, 'ours.test'],
    [30, 'last.test'],
  ] as const;

  test('drops our host and those of the same or a higher preference number', async () => {
    const mx = lookup({
      'a.test': { MX },
      'first.test': host('192.0.2.1'),
      'ours.test': host('192.0.2.99'),
      'last.test': host('192.0.2.3'),
    });
    expect(await names(mx, 'a.test')).toEqual(['first.test']);
  });

  test('is seen by our own name too', async () => {
    const mx = lookup({ 'a.test': { MX: [[5, 'mail.here.test']] }, 'mail.here.test': host('192.0.2.1') });
    expect(await failure(mx, 'a.test')).toEqual({ status: '5.4.6', temporary: false });
  });

  test('is final when we are the best host, and for a literal of ours', async () => {
    const mx = lookup({ 'a.test': host('192.0.2.99') });
    expect(await failure(mx, 'a.test')).toEqual({ status: '5.4.6', temporary: false });
    expect(await failure(mx, '[192.0.2.99]')).toEqual({ status: '5.4.6', temporary: false });
  });
});

describe('failures', () => {
  const permanent = (status: string) => ({ status, temporary: false });
  const temporary = { status: '4.4.3', temporary: true };

  test('a domain that does not exist: 5.1.2', async () => {
    expect(await failure(lookup({}), 'nowhere.test')).toEqual(permanent('5.1.2'));
  });
  test('a null MX: 5.1.10 at once (RFC 7505)', async () => {
    expect(await failure(lookup({ 'a.test': { MX: [[0, '.']], A: ['192.0.2.1'] } }), 'a.test')).toEqual(
      permanent('5.1.10'),
    );
  });
  test('neither MX nor address: 5.4.4', async () => {
    expect(await failure(lookup({ 'a.test': { TXT: ['v=spf1'] } }), 'a.test')).toEqual(permanent('5.4.4'));
  });
  test('a CNAME loop: 5.4.4', async () => {
    const mx = lookup({ 'a.test': { CNAME: 'b.test' }, 'b.test': { CNAME: 'a.test' } });
    expect(await failure(mx, 'a.test')).toEqual(permanent('5.4.4'));
  });
  test('names that cannot be in the DNS: 5.1.2', async () => {
    expect(await failure(lookup({}), `${'x'.repeat(64)}.test`)).toEqual(permanent('5.1.2'));
    expect(await failure(lookup({}), '[not an address]')).toEqual(permanent('5.1.2'));
    expect(await failure(lookup({}), 'a b.test')).toEqual(permanent('5.1.2'));
  });
  test.each(['SERVFAIL', 'REFUSED', 'silence', 'garbage'] as const)('%s: 4.4.3', async (fails) => {
    expect(await failure(lookup({ 'a.test': { fails } }), 'a.test')).toEqual(temporary);
  });
  test('the address of the only host cannot be had now: 4.4.3', async () => {
    const mx = lookup({ 'a.test': { MX: [[10, 'mx.a.test']] }, 'mx.a.test': { fails: 'SERVFAIL' } });
    expect(await failure(mx, 'a.test')).toEqual(temporary);
  });
});

describe('the cache', () => {
  test('asks once for all who ask at the same time, and again when the TTL has passed', async () => {
    const mx = lookup({ 'a.test': { A: ['192.0.2.1'], ttl: 30 } });
    await Promise.all([mx.hosts('a.test'), mx.hosts('a.test')]);
    await mx.hosts('a.test');
    expect(dns.queries).toEqual(['MX a.test', 'A a.test']);
    clock.advance(31_000);
    await mx.hosts('a.test');
    expect(dns.queries).toEqual(['MX a.test', 'A a.test', 'A a.test']);
  });

  test('keeps failures for a short time', async () => {
    const mx = lookup({ 'a.test': { fails: 'SERVFAIL' } });
    await failure(mx, 'a.test');
    const asked = dns.queries.length;
    await failure(mx, 'a.test');
    expect(dns.queries).toHaveLength(asked);
    dns.zones['a.test'] = host('192.0.2.1');
    clock.advance(6_000);
    expect(await names(mx, 'a.test')).toEqual(['a.test']);
  });
});
