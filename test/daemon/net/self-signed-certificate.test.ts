import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nullLog } from '../../../daemon/log/logger.ts';
import { makeSelfSignedCertificate, stillServes } from '../../../daemon/net/self-signed-certificate.ts';
import { TlsContext } from '../../../daemon/net/tls-context.ts';
import { program } from '../../helpers/tools.ts';

const now = Date.UTC(2026, 10, 22, 12);
const year = 365 * 86_400_000;
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'maild-tls-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Connects with the certificate as the only one trusted; answers the protocol. */
async function handshake(
  pair: { certificate: string; key: string },
  servername: string,
  host = '127.0.0.1',
): Promise<string | null> {
  const server = createServer({ cert: pair.certificate, key: pair.key }, (socket) => socket.end('hello'));
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve, reject) => {
      const socket = connect({ host, port, servername, ca: pair.certificate }, () => {
        resolve(socket.getProtocol());
        socket.destroy();
      });
      socket.on('error', reject);
    });
  } finally {
    server.close();
  }
}

describe('a self-signed certificate', () => {
  it('is for the host name, localhost and the loopback addresses, for ten years', () => {
    const { certificate, key } = makeSelfSignedCertificate('mail.example.org', now);
    const parsed = new X509Certificate(certificate);
    expect(parsed.subject).toBe('CN=mail.example.org');
    expect(parsed.issuer).toBe(parsed.subject);
    expect(parsed.checkHost('mail.example.org')).toBe('mail.example.org');
    expect(parsed.checkHost('localhost')).toBe('localhost');
    expect(parsed.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(parsed.checkIP('::1')).toBe('::1');
    expect(parsed.checkHost('other.example.org')).toBeUndefined();
    expect(parsed.ca).toBe(false);
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(Date.parse(parsed.validFrom)).toBe(now - 86_400_000);
    expect(Date.parse(parsed.validTo)).toBe(now + 10 * year);
  });

  it('is taken in a handshake by a client that trusts it, under its own name only', async () => {
    const pair = makeSelfSignedCertificate('mail.example.org', Date.now());
    await expect(handshake(pair, 'mail.example.org')).resolves.toBe('TLSv1.3');
    await expect(handshake(pair, 'other.example.org')).rejects.toThrow(/altnames/);
  });

  it('has dates after 2049 as RFC 5280 wants them', () => {
    const { certificate } = makeSelfSignedCertificate('a.example', Date.UTC(2045, 0, 1));
    expect(new Date(new X509Certificate(certificate).validTo).getUTCFullYear()).toBe(2054);
  });

  it.each([`${'a'.repeat(60)}.${'b'.repeat(60)}.example.org`, 'bücher', 'box'])(
    'can be for the name %s',
    (name) => {
      const parsed = new X509Certificate(makeSelfSignedCertificate(name, now).certificate);
      expect(parsed.verify(parsed.publicKey)).toBe(true);
      expect(stillServes(parsed.toString(), name, now)).toBe(true);
    },
  );

  const openssl = program('openssl');
  it.skipIf(openssl === null)(`is found right by ${openssl ?? 'openssl (not installed)'}`, () => {
    const { certificate } = makeSelfSignedCertificate('mail.example.org', Date.now());
    const file = join(dir, 'one.pem');
    writeFileSync(file, certificate);
    const verify = spawnSync(
      'openssl',
      [
        'verify',
        '-x509_strict',
        '-purpose',
        'sslserver',
        '-verify_hostname',
        'mail.example.org',
        '-CAfile',
        file,
        file,
      ],
      { encoding: 'utf8' },
    );
    expect(verify.stdout + verify.stderr).toBe(`${file}: OK\n`);
  });
});

describe('the certificate of the listeners', () => {
  const context = (stateDir: string, hostname: string, at = now, files: [string, string] | null = null) =>
    new TlsContext({
      files: () => ({ certificate: files?.[0] ?? null, key: files?.[1] ?? null }),
      stateDir,
      hostname,
      now: () => at,
      log: nullLog.for('server'),
    });

  it('is made once, kept for nobody else to read, and used again', () => {
    const stateDir = mkdtempSync(join(dir, 'state-'));
    const first = context(stateDir, 'a.example').pair;
    expect(statSync(join(stateDir, 'certificate.pem')).mode & 0o777).toBe(0o600);
    expect(context(stateDir, 'a.example').pair).toEqual(first);
  });

  it('is made anew for another name, near its end, and when the file is damaged', () => {
    const stateDir = mkdtempSync(join(dir, 'state-'));
    const first = context(stateDir, 'a.example').pair;
    const second = context(stateDir, 'b.example').pair;
    expect(second).not.toEqual(first);
    const third = context(stateDir, 'b.example', now + 10 * year - 86_400_000).pair;
    expect(third).not.toEqual(second);
    writeFileSync(join(stateDir, 'certificate.pem'), 'rubbish');
    expect(context(stateDir, 'b.example').pair.certificate).toContain('BEGIN CERTIFICATE');
  });

  it('is the configured one, read again at a reload, and stays when the new one does not serve', () => {
    const files: [string, string] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
    const write = (pair: { certificate: string; key: string }) => {
      writeFileSync(files[0], pair.certificate);
      writeFileSync(files[1], pair.key);
    };
    const [one, two] = [
      makeSelfSignedCertificate('a.example', now),
      makeSelfSignedCertificate('a.example', now),
    ];
    write(one);
    const tls = context(dir, 'a.example', now, files);
    const seen: string[] = [];
    tls.changed.on(({ certificate }) => seen.push(certificate));
    tls.reload();
    expect(seen).toEqual([]);
    write({ certificate: one.certificate, key: two.key });
    expect(() => tls.reload()).toThrow(/cert.pem: /);
    expect(tls.pair).toEqual(one);
    write(two);
    tls.reload();
    expect(seen).toEqual([two.certificate]);
    chmodSync(files[1], 0o600);
    expect(readFileSync(files[1], 'utf8')).toBe(tls.pair.key);
  });
});
