import { describe, expect, it } from 'vitest';
import { type WarningSources, Warnings } from '../../../daemon/status/warnings.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { testConfig } from '../../helpers/test-config.ts';

const listener = (address: string) => ({ protocol: 'smtp', address, port: 25, tls: 'none' }) as const;

function warningsOf(changes: Partial<WarningSources> = {}) {
  const clock = new FakeClock();
  const sources: WarningSources = {
    config: { ...testConfig(), hostname: 'mail.example.org', listeners: [listener('0.0.0.0')] },
    configuration: { file: '/etc/maild/maild.toml', secretsReadable: false, needsRestart: [] },
    listenerFailures: () => [],
    storeHealth: () => ({ state: 'ok', problem: null }),
    storePath: '/var/lib/maild/maild.db',
    pauses: () => ({}),
    ...changes,
  };
  return { warnings: new Warnings(sources, clock), clock };
}

const codes = (changes: Partial<WarningSources>) =>
  warningsOf(changes)
    .warnings.list()
    .map(({ code, severity }) => `${severity} ${code}`);

describe('warnings', () => {
  it('are none when all is well', () => {
    expect(codes({})).toEqual([]);
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

  it('say that a scanner in the configuration is not used', () => {
    const config = { ...testConfig(), scan: { clamd: { path: '/x' }, spamd: null } };
    expect(codes({ config: { ...config, hostname: 'a.example' } })).toEqual(['warning scan.unavailable']);
  });

  it('mind a short host name only when others than this machine are served', () => {
    const config = { ...testConfig(), hostname: 'box' };
    expect(codes({ config: { ...config, listeners: [listener('127.0.0.1'), listener('::1')] } })).toEqual([]);
    expect(codes({ config: { ...config, listeners: [listener('192.0.2.1')] } })).toEqual([
      'notice hostname.not_qualified',
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
