import { describe, expect, it } from 'vitest';
import { type WarningSources, Warnings } from '../../../daemon/status/warnings.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { configFrom, testConfig } from '../../helpers/test-config.ts';

const listener = (address: string) => ({ protocol: 'smtp', address, port: 25, tls: 'none' }) as const;

function warningsOf(changes: Partial<WarningSources> = {}) {
  const clock = new FakeClock();
  const sources: WarningSources = {
    config: { ...testConfig(), hostname: 'mail.example.org', listeners: [listener('0.0.0.0')] },
    configuration: { file: '/etc/maild/maild.toml', secretsReadable: false, needsRestart: [] },
    listenerFailures: () => [],
    storeHealth: () => ({ state: 'ok', problem: null }),
    storePath: '/var/lib/maild/maild.db',
    freeBytes: () => null,
    pauses: () => ({}),
    selfTest: () => [],
    acknowledgedUntil: () => null,
    scanners: () => [],
    collectors: () => [],
    ...changes,
  };
  return { warnings: new Warnings(sources, clock), clock };
}

const scanning = (toml: string) => ({
  ...testConfig(),
  hostname: 'mail.example.org',
  scan: configFrom(toml).scan,
});

const codes = (changes: Partial<WarningSources>) =>
  warningsOf(changes)
    .warnings.list()
    .map(({ code, severity }) => `${severity} ${code}`);

describe('warnings', () => {
  it('are none when all is well', () => {
    expect(codes({})).toEqual([]);
  });

  it('tell of a full disk as it is now, whatever the self-test found when it ran', () => {
    const before = {
      code: 'disk.full',
      severity: 'error',
      subject: '/nonexistent',
      evidence: 'before',
      remedy: '',
      since: '2026-01-01T00:00:00.000Z',
    } as const;
    const least = testConfig().queue.minFreeBytes;
    expect(codes({ freeBytes: () => least, selfTest: () => [before] })).toEqual([]);
    expect(codes({ freeBytes: () => least - 1, selfTest: () => [before] })).toEqual(['error disk.full']);
  });

  it('tell of what is wrong, the gravest first', () => {
    const failed = {
      listener: { ...listener('::'), error: 'no' },
      error: 'the port is in use by another program',
      since: '2026-01-01T00:00:00.000Z',
      retried: true,
    };
    expect(
      codes({
        configuration: { file: null, secretsReadable: true, needsRestart: ['hostname'] },
        listenerFailures: () => [failed, { ...failed, retried: false }],
        storeHealth: () => ({ state: 'full', problem: 'database or disk is full' }),
        pauses: () => ({ delivering: { since: '2026-01-01T00:00:00.000Z', until: null, reason: 'why' } }),
      }),
    ).toEqual([
      'error database.full',
      'error listener.failed',
      'warning listener.failed',
      'warning queue.paused',
      'warning config.secrets_readable',
      'notice config.needs_restart',
    ]);
  });

  it('say that a scanner is away, which is graver when mail has to wait for it', () => {
    const away = {
      state: 'unavailable',
      version: null,
      signaturesAt: null,
      lastError: 'nobody listens there',
    } as const;
    const config = scanning('scan.clamd.address = "127.0.0.1:1"\nscan.spamd.address = "127.0.0.1:2"');
    const scanners = () => [{ ...away, name: 'clamd' } as const, { ...away, name: 'spamd' } as const];
    expect(codes({ config, scanners })).toEqual(['error scanner.unavailable', 'warning scanner.unavailable']);
  });

  it('say that signatures are old, unless nobody wants to know', () => {
    const { clock } = warningsOf();
    const signaturesAt = new Date(clock.now() - 8 * 86_400_000).toISOString();
    const clamd = {
      name: 'clamd',
      state: 'ok',
      version: 'ClamAV 1.4.6',
      signaturesAt,
      lastError: null,
    } as const;
    const address = 'scan.clamd.address = "127.0.0.1:1"\n';
    expect(codes({ config: scanning(address), scanners: () => [clamd] })).toEqual([
      'warning scanner.signatures_old',
    ]);
    const config = scanning(`${address}scan.clamd.signatures_max_age = "0s"`);
    expect(codes({ config, scanners: () => [clamd] })).toEqual([]);
  });

  it('mind a short host name only when others than this machine are served', () => {
    const config = { ...testConfig(), hostname: 'box' };
    expect(codes({ config: { ...config, listeners: [listener('127.0.0.1'), listener('::1')] } })).toEqual([]);
    expect(codes({ config: { ...config, listeners: [listener('192.0.2.1')] } })).toEqual([
      'notice hostname.not_qualified',
    ]);
  });

  it('tell of listeners where nobody can log in', () => {
    const config = { ...testConfig(), hostname: 'mail.example.org' };
    const imap = (address: string, tls: 'none' | 'starttls') =>
      ({ protocol: 'imap', address, port: 143, tls }) as const;
    const listeners = [imap('127.0.0.1', 'none'), imap('0.0.0.0', 'starttls')];
    expect(codes({ config: { ...config, listeners } })).toEqual([]);
    expect(codes({ config: { ...config, listeners: [imap('0.0.0.0', 'none')] } })).toEqual([
      'warning listener.no_login',
    ]);
  });

  it('hold what the self-test found, and leave out what has been acknowledged', () => {
    const found = (code: string, severity: 'error' | 'notice') => ({
      code,
      severity,
      subject: 'example.org',
      evidence: '',
      remedy: '',
      since: '2025-12-01T00:00:00.000Z',
    });
    const { warnings } = warningsOf({
      selfTest: () => [found('dns.mx_missing', 'notice'), found('dns.failing', 'error')],
      acknowledgedUntil: (code) => (code === 'dns.failing' ? '2026-02-01T00:00:00.000Z' : null),
    });
    expect(warnings.list()).toEqual([found('dns.mx_missing', 'notice')]);
    expect(warnings.findings()).toEqual([
      { ...found('dns.failing', 'error'), acknowledgedUntil: '2026-02-01T00:00:00.000Z' },
      { ...found('dns.mx_missing', 'notice'), acknowledgedUntil: null },
    ]);
  });

  it('remember since when they hold, and forget it when they do not', () => {
    let problem: string | null = 'disk';
    const { warnings, clock } = warningsOf({
      storeHealth: () => ({ state: problem === null ? 'ok' : 'full', problem }),
    });
    const since = () => warnings.list()[0]?.since;
    expect(since()).toBe('2026-01-01T00:00:00.000Z');
    clock.advance(1_000);
    expect(since()).toBe('2026-01-01T00:00:00.000Z');
    problem = null;
    expect(since()).toBeUndefined();
    problem = 'disk';
    expect(since()).toBe('2026-01-01T00:00:01.000Z');
  });
});
