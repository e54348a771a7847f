import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../daemon/clock.ts';
import { nullLog } from '../../../daemon/log/logger.ts';
import { Resolver } from '../../../daemon/net/resolver.ts';
import { DkimKeys, dkimRecord } from '../../../daemon/scan/dkim-keys.ts';
import { DkimSigner } from '../../../daemon/scan/dkim-signer.ts';
import type { ScanContent } from '../../../daemon/scan/scanner.ts';
import { SenderChecks } from '../../../daemon/scan/sender-checks.ts';
import { FakeDns, type Zone } from '../../helpers/fake-dns.ts';
import { configFrom } from '../../helpers/test-config.ts';
import { testFolder } from '../../helpers/test-store.ts';

// Small enough for its record to be one string.
const key = generateKeyPairSync('rsa', {
  modulusLength: 1024,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;
const record = dkimRecord({ domain: 'example.test', selector: 's1', privateKey: key });

const zones: Record<string, Zone> = {
  'example.test': { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
  's1._domainkey.example.test': { TXT: [record.value] },
  '_dmarc.example.test': { TXT: ['v=DMARC1; p=reject'] },
  'careful.test': { TXT: ['v=spf1 -all'] },
  '_dmarc.careful.test': { TXT: ['v=DMARC1; p=quarantine'] },
  'open.test': { TXT: ['v=spf1 -all'] },
  '_dmarc.open.test': { TXT: ['v=DMARC1; p=none'] },
  'broken.test': { fails: 'SERVFAIL' },
  '_dmarc.broken.test': { fails: 'SERVFAIL' },
  'silent.test': { fails: 'silence' },
  '_dmarc.silent.test': { fails: 'silence' },
};

const messageFrom = (author: string, more = ''): string =>
  `${more}From: ${author}\r\nTo: bob@example.com\r\nSubject: hello\r\nMessage-ID: <1@example.test>\r\n\r\nhello  there \r\n\r\n`;
const inline = (text: string): ScanContent => ({
  sizeBytes: Buffer.byteLength(text),
  inline: Buffer.from(text),
  path: null,
});
const factsFor = (from: string, remoteAddress = '192.0.2.7') => ({
  queueId: 1,
  from,
  recipients: ['bob@example.com'],
  remoteAddress,
  helo: 'mail.example.test',
  user: null,
});

async function checks(toml = 'verify.mode = "enforce"') {
  const dns = await FakeDns.start(structuredClone(zones));
  onTestFinished(() => dns.stop());
  const config = configFrom(`dns.timeout = "700ms"\n${toml}`);
  const resolver = new Resolver({ ...config.dns, servers: [dns.server] }, systemClock);
  onTestFinished(() => resolver.close());
  const log = nullLog.for('scan');
  const checks = new SenderChecks(config.verify, {
    dns: resolver,
    hostname: 'mx.example.com',
    clock: systemClock,
    log,
  });
  return { dns, checks };
}

let signed = '';
beforeAll(async () => {
  const plain = inline(messageFrom('Ann <ann@example.test>'));
  const keys = { any: true, of: () => ({ domain: 'example.test', selector: 's1', privateKey: key }) };
  const signer = new DkimSigner(keys as unknown as DkimKeys, nullLog.for('scan'));
  signed = `${await signer.sign(plain, 1)}${plain.inline}`;
});

describe('the checks of a sender', () => {
  it('know a good one', async () => {
    const verdict = await (await checks()).checks.check(inline(signed), factsFor('ann@example.test'));
    expect(verdict.finding).toBeNull();
    expect(verdict.summary).toMatch(/spf=pass.*dkim=pass.*dmarc=pass/);
    expect(verdict.header).toMatch(/^Authentication-Results: mx\.example\.com;\r\n\tspf=pass/);
  });

  it('let a signature stand for an address that is not in the SPF record', async () => {
    const verdict = await (await checks()).checks.check(
      inline(signed),
      factsFor('list@other.test', '198.51.100.1'),
    );
    expect(verdict.finding).toBeNull();
    expect(verdict.summary).toMatch(/dkim=pass.*dmarc=pass/);
  });

  it('see that a signed message was changed', async () => {
    const changed = signed.replace('hello  there', 'send money');
    const verdict = await (await checks()).checks.check(
      inline(changed),
      factsFor('x@other.test', '198.51.100.1'),
    );
    expect(verdict.finding).toMatchObject({ kind: 'sender', action: 'reject', by: 'dmarc' });
  });

  it('read a message from its file', async () => {
    const path = join(await testFolder(), 'm.eml');
    writeFileSync(path, signed);
    const content = { sizeBytes: Buffer.byteLength(signed), inline: null, path };
    const verdict = await (await checks()).checks.check(content, factsFor('', '198.51.100.1'));
    expect(verdict.summary).toMatch(/dkim=pass/);
  });

  it.each([
    ['example.test', 'reject'],
    ['careful.test', 'quarantine'],
    ['open.test', null],
    ['unknown.test', null],
    ['broken.test', null],
  ])('do for a forged %s what its policy asks for: %s', async (domain, action) => {
    const { checks: sender } = await checks();
    const verdict = await sender.check(
      inline(messageFrom(`ann@${domain}`)),
      factsFor(`ann@${domain}`, '203.0.113.9'),
    );
    expect(verdict.finding?.action ?? null).toBe(action);
  });

  it('only say so when that is all that is wanted', async () => {
    const { checks: sender } = await checks('verify.mode = "mark"');
    const verdict = await sender.check(
      inline(messageFrom('ann@example.test')),
      factsFor('ann@example.test', '203.0.113.9'),
    );
    expect(verdict.finding).toBeNull();
    expect(verdict.header).toContain('dmarc=fail');
  });

  it('treat single domains otherwise', async () => {
    const toml = 'verify.mode = "enforce"\n[verify.domains]\n"example.test" = "mark"\n"*.test" = "off"';
    const { checks: sender } = await checks(toml);
    const from = (domain: string) =>
      sender.check(inline(messageFrom(`ann@${domain}`)), factsFor(`ann@${domain}`, '203.0.113.9'));
    expect(await from('example.test')).toMatchObject({
      finding: null,
      header: expect.stringContaining('dmarc=fail'),
    });
    expect(await from('careful.test')).toMatchObject({ finding: null, header: null });
  });
});

describe('what a stranger writes', () => {
  it('does not pass with two authors', async () => {
    const { checks: sender } = await checks();
    const two = messageFrom('ann@example.test', 'From: eve@evil.test\r\n');
    const verdict = await sender.check(inline(two), factsFor('eve@evil.test', '203.0.113.9'));
    expect(verdict.finding).toMatchObject({ action: 'reject' });
    expect(verdict.header).toContain('dmarc=permerror');
  });

  it('makes us look at few signatures only', async () => {
    const { checks: sender, dns } = await checks();
    const signature = (n: number) => signed.slice(0, signed.indexOf('From: ')).replace('s=s1;', `s=x${n};`);
    const many = Array.from({ length: 200 }, (_, n) => signature(n)).join('');
    const verdict = await sender.check(inline(many + signed), factsFor('', '203.0.113.9'));
    expect(verdict.summary.match(/dkim=/g)?.length).toBeLessThanOrEqual(10);
    expect(dns.queries.filter((query) => query.includes('_domainkey')).length).toBeLessThanOrEqual(10);
  });

  it('is not let through for a header that is longer than anybody looks at', async () => {
    const { checks: sender } = await checks();
    const text = `X: ${'y'.repeat(400_000)}\r\n${signed}`;
    expect((await sender.check(inline(text), factsFor('', '203.0.113.9'))).finding).toMatchObject({
      action: 'reject',
    });
    expect((await sender.check(inline(text), factsFor('ann@example.test'))).finding).toBeNull();
    const longer = `X: ${'y'.repeat(1_400_000)}\r\n${signed}`;
    expect((await sender.check(inline(longer), factsFor(''))).summary).toBe('not checked: header too large');
  });

  it.each([' \r\n', '\r\n', '\t \r\n'])('may be blank for as long as it likes: lines of %j', async (line) => {
    const { checks: sender } = await checks();
    const text = inline(signed + line.repeat(2_000_000));
    expect((await sender.check(text, factsFor('', '203.0.113.9'))).finding).toMatchObject({
      action: 'reject',
    });
    expect((await sender.check(text, factsFor('ann@example.test'))).finding).toBeNull();
  });

  it.each([
    ['an author that never ends', () => `From: ${'a@b,'.repeat(50_000)}\r\n\r\n`],
    ['a sender that never ends', () => `Return-Path: ${'a@b,'.repeat(50_000)}\r\n${signed}`],
    ['a signature that never ends', () => signed.replace('s=s1;', `s=s1; h=${'x:'.repeat(100_000)}x;`)],
    [
      'fields that never end',
      () => 'x:\r\n'.repeat(60_000) + signed.replace('s=s1;', `s=s1; h=${'x:'.repeat(3_000)}x;`),
    ],
    ['a type that never ends', () => `Content-Type: x${'; a=b'.repeat(40_000)}\r\n${signed}`],
    ['seals that never end', () => `${'ARC-Seal: i=1; a=b\r\n'.repeat(900)}${signed}`],
  ])('does not hold everybody up with %s', async (_, text) => {
    const { checks: sender } = await checks();
    const started = performance.now();
    await sender.check(inline(text()), factsFor('', '203.0.113.9'));
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('is not signed as a whole when a signature is for a part of it', async () => {
    const { checks: sender } = await checks();
    const partly = signed.replace('s=s1;', 's=s1; l=5;');
    expect((await sender.check(inline(partly), factsFor(''))).summary).toContain('dkim=none');
  });

  it('may be no mail at all', async () => {
    const { checks: sender } = await checks();
    for (const text of [
      '',
      '\r\n',
      'From\r\n\r\n',
      'From: \r\n\r\nx',
      'DKIM-Signature: v=1; d=;\r\nFrom: <>\r\n\r\n',
    ]) {
      expect((await sender.check(inline(text), factsFor(''))).finding).toBeNull();
    }
  });
});

describe('a name server that is away', () => {
  it('keeps a signature from being checked, which is no forgery', async () => {
    const { checks: sender, dns } = await checks();
    dns.zones['s1._domainkey.example.test'] = { fails: 'SERVFAIL' };
    const verdict = await sender.check(inline(signed), factsFor('x@other.test', '198.51.100.1'));
    expect(verdict.finding).toBeNull();
    expect(verdict.header).toContain('dkim=temperror');
  });

  it('makes nobody a forger, and the wait has an end', async () => {
    const { checks: sender } = await checks('verify.mode = "enforce"\nverify.timeout = "300ms"');
    const started = performance.now();
    const verdict = await sender.check(inline(messageFrom('ann@silent.test')), factsFor('ann@silent.test'));
    expect(verdict).toMatchObject({ finding: null, summary: 'not checked: no answer in time' });
    expect(verdict.header).toContain('dmarc=temperror');
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('DKIM keys', () => {
  it('are made once, for nobody else to read, and found again', async () => {
    const folder = await testFolder();
    const keys = new DkimKeys(folder, nullLog.for('scan'));
    expect(keys.any).toBe(false);
    const made = await keys.use('example.org');
    expect(made).toMatchObject({
      created: true,
      record: { name: 'mail._domainkey.example.org', type: 'TXT' },
    });
    const file = join(folder, 'dkim', 'example.org', 'mail.pem');
    const { statSync } = await import('node:fs');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = new DkimKeys(folder, nullLog.for('scan'));
    await again.load();
    expect(again.of('example.org')).toEqual(made.key);
    expect(await again.use('example.org')).toMatchObject({ created: false, record: made.record });
  });

  it('can be changed for others, and back', async () => {
    const keys = new DkimKeys(await testFolder(), nullLog.for('scan'));
    const first = await keys.use('example.org', 'one');
    await keys.use('example.org', 'Two');
    expect(keys.of('example.org')?.selector).toBe('two');
    expect(await keys.use('example.org', 'one')).toEqual({ ...first, created: false });
    expect(keys.of('example.org')?.selector).toBe('one');
  });

  it.each(['../x', '', 'a b', '-x', 'x'.repeat(64), 'a..b', 'a/b'])(
    'have no selector %j',
    async (selector) => {
      const keys = new DkimKeys(await testFolder(), nullLog.for('scan'));
      await expect(keys.use('example.org', selector)).rejects.toMatchObject({ code: 'params.invalid' });
    },
  );
});

describe('a signature', () => {
  const signerOf = async () => {
    const keys = new DkimKeys(await testFolder(), nullLog.for('scan'));
    await keys.use('example.org');
    return new DkimSigner(keys, nullLog.for('scan'));
  };

  it('is that of the domain of the author', async () => {
    const signer = await signerOf();
    expect(await signer.sign(inline(messageFrom('"a@b" <ann@EXAMPLE.org>')), 1)).toMatch(
      /^DKIM-Signature: [\s\S]*d=example\.org;[\s\S]*\r\n$/,
    );
  });

  it.each(['ann@example.net', 'ann@sub.example.org', '', '<>'])('is not made for %j', async (author) => {
    expect(await (await signerOf()).sign(inline(messageFrom(author)), 1)).toBeNull();
  });

  it('is not made for a message that would fill the memory', async () => {
    const endless = messageFrom('ann@example.org') + '\r\n'.repeat(3_000_000);
    expect(await (await signerOf()).sign(inline(endless), 1)).toBeNull();
  });

  it('is not made for two authors', async () => {
    const two = messageFrom('ann@example.org', 'From: bob@example.org\r\n');
    expect(await (await signerOf()).sign(inline(two), 1)).toBeNull();
  });
});
