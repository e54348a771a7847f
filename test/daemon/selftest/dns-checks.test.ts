/** The checks that ask the DNS, with a name server on loopback that answers from a script. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../daemon/clock.ts';
import { Resolver } from '../../../daemon/net/resolver.ts';
import type { Check } from '../../../daemon/selftest/check.ts';
import { dkimCheck } from '../../../daemon/selftest/checks/dkim.ts';
import { dnsCheck } from '../../../daemon/selftest/checks/dns.ts';
import { hostnameCheck } from '../../../daemon/selftest/checks/hostname.ts';
import { mxCheck } from '../../../daemon/selftest/checks/mx-records.ts';
import { reverseDnsCheck } from '../../../daemon/selftest/checks/reverse-dns.ts';
import { dmarcCheck, spfCheck } from '../../../daemon/selftest/checks/sender-policy.ts';
import { reverseName } from '../../../daemon/selftest/dns-answers.ts';
import type { ListenerStatus } from '../../../shared/api/server.ts';
import { FakeDns, type Zone } from '../../helpers/fake-dns.ts';

const listener = (address: string): ListenerStatus => ({
  protocol: 'smtp',
  address,
  port: 25,
  tls: 'none',
  error: null,
});
const hostname = 'mail.ours.example';

async function world(zones: Record<string, Zone>, domains: readonly string[] = ['ours.example']) {
  const server = await FakeDns.start(zones);
  onTestFinished(() => server.stop());
  const resolver = new Resolver({ servers: [server.server], timeoutMs: 300, cacheEntries: 100 }, systemClock);
  const needs = {
    hostname,
    domains: () => domains,
    listeners: () => [listener('0.0.0.0')],
    dns: resolver,
    servers: [server.server],
  };
  return { ...needs, queries: server.queries };
}

/** The codes with their subjects, or why it could not be checked. */
async function outcome(check: Check): Promise<string[]> {
  const result = await check.run(new AbortController().signal);
  if (result.outcome === 'ok') return [];
  if (result.outcome === 'could_not_check') return [`? ${result.reason}`];
  return result.findings.map(({ code, subject }) => `${code} ${subject}`);
}

const silent: Zone = { fails: 'silence' };

describe('MX records', () => {
  it('are missing, elsewhere, or ours', async () => {
    const zones: Record<string, Zone> = {
      'none.example': { A: ['192.0.2.1'] },
      'null.example': { MX: [[0, '.']] },
      'other.example': { MX: [[10, 'mx.other.example']] },
      'mx.other.example': { A: ['192.0.2.9'] },
      'byname.example': { MX: [[10, 'Mail.Ours.Example']] },
      'byaddress.example': { MX: [[10, 'alias.ours.example']] },
      'alias.ours.example': { A: ['127.0.0.1'] },
    };
    const domains = ['none', 'null', 'other', 'byname', 'byaddress', 'gone'].map((name) => `${name}.example`);
    const found = await outcome(mxCheck(await world(zones, domains)));
    expect(found.sort()).toEqual([
      'dns.mx_elsewhere other.example',
      'dns.mx_missing gone.example',
      'dns.mx_missing none.example',
      'dns.mx_missing null.example',
    ]);
  });

  it('that nobody can be asked about could not be checked', async () => {
    const [reason] = await outcome(mxCheck(await world({ 'ours.example': silent })));
    expect(reason).toMatch(/^\? MX ours\.example: the name server did not answer in time/);
  });

  it('of a server without domains are no matter', async () => {
    const needs = await world({}, []);
    expect(await outcome(mxCheck(needs))).toEqual([]);
    expect(needs.queries).toEqual([]);
  });
});

describe('SPF and DMARC', () => {
  it('are there, missing, or there twice', async () => {
    const zones: Record<string, Zone> = {
      'good.example': { TXT: ['other', 'v=spf1 mx -all'] },
      '_dmarc.good.example': { TXT: ['v=DMARC1; p=reject'] },
      'twice.example': { TXT: ['v=spf1 -all', 'V=SPF1 mx'] },
      'bare.example': { TXT: ['v=spf10'] },
      'sub.good.example': {},
    };
    const needs = await world(zones, ['good.example', 'twice.example', 'bare.example', 'sub.good.example']);
    expect((await outcome(spfCheck(needs))).sort()).toEqual([
      'dns.spf_missing bare.example',
      'dns.spf_missing sub.good.example',
      'dns.spf_several twice.example',
    ]);
    expect((await outcome(dmarcCheck(needs))).sort()).toEqual([
      'dns.dmarc_missing bare.example',
      'dns.dmarc_missing twice.example',
    ]);
  });
});

describe('DKIM', () => {
  it('is not signed, not published, published with another key, or right', async () => {
    const zones: Record<string, Zone> = {
      's1._domainkey.good.example': { TXT: ['v=DKIM1; k=rsa; p=AB CD'] },
      's1._domainkey.wrong.example': { TXT: ['v=DKIM1; p=EFGH'] },
    };
    const needs = await world(zones, [
      'good.example',
      'wrong.example',
      'missing.example',
      'unsigned.example',
    ]);
    const keyOf = async (domain: string) =>
      domain === 'unsigned.example' ? null : { selector: 's1', publicKey: 'ABCD' };
    expect((await outcome(dkimCheck({ ...needs, keyOf }))).sort()).toEqual([
      'dkim.not_signing unsigned.example',
      'dns.dkim_missing missing.example',
      'dns.dkim_wrong wrong.example',
    ]);
  });
});

describe('the host name', () => {
  it('must have an address when others are served', async () => {
    const needs = await world({});
    expect(await outcome(hostnameCheck(needs))).toEqual([`hostname.not_resolvable ${hostname}`]);
    expect(await outcome(hostnameCheck({ ...needs, listeners: () => [listener('127.0.0.1')] }))).toEqual([]);
    expect(await outcome(hostnameCheck(await world({ [hostname]: { AAAA: ['2001:db8::1'] } })))).toEqual([]);
  });

  it('is led to by the reverse records of its public addresses', async () => {
    const zones: Record<string, Zone> = {
      [hostname]: { A: ['192.0.2.1', '192.0.2.2', '192.0.2.3', '10.0.0.1'], AAAA: ['2001:db8::1'] },
      '1.2.0.192.in-addr.arpa': { PTR: [hostname] },
      '2.2.0.192.in-addr.arpa': { PTR: ['host-2.isp.example'] },
      [reverseName('2001:db8::1')]: { PTR: [hostname] },
    };
    expect((await outcome(reverseDnsCheck(await world(zones)))).sort()).toEqual([
      'dns.reverse_mismatch 192.0.2.2',
      'dns.reverse_missing 192.0.2.3',
    ]);
  });

  it('has addresses whose reverse names are those of the RFCs', () => {
    expect(reverseName('192.0.2.7')).toBe('7.2.0.192.in-addr.arpa');
    expect(reverseName('2001:db8::567:89ab')).toBe(
      'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
    );
  });
});

describe('the DNS', () => {
  it('fails when it does not answer, and not when it says no', async () => {
    const failing = await world({ 'ours.example': silent });
    expect(await outcome(dnsCheck(failing))).toEqual([`dns.failing ${failing.servers[0]}`]);
    expect(await outcome(dnsCheck(await world({ 'ours.example': { fails: 'SERVFAIL' } })))).toHaveLength(1);
    expect(await outcome(dnsCheck(await world({})))).toEqual([]);
  });

  it('is not asked by a server that serves this machine alone', async () => {
    const needs = { ...(await world({}, [])), listeners: () => [listener('127.0.0.1')] };
    expect(await outcome(dnsCheck(needs))).toEqual([]);
    expect(needs.queries).toEqual([]);
  });
});
