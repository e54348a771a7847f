import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Configuration } from '../../../daemon/config/configuration.ts';
import { describeKeys } from '../../../daemon/config/read-settings.ts';

let file: string;
beforeAll(() => {
  file = join(mkdtempSync(join(tmpdir(), 'maild-config-')), 'maild.toml');
});
afterAll(() => rmSync(join(file, '..'), { recursive: true }));

function configuration(text: string, env: Record<string, string> = {}): Configuration {
  writeFileSync(file, text);
  const surroundings = { platform: 'linux', env, root: false, home: '/h', userName: 'u' } as const;
  return new Configuration({ configFile: file }, { surroundings, hostname: 'box', ipv6: false });
}

describe('a reload', () => {
  it('puts live keys in force and names those that wait for a restart', () => {
    const configuration_ = configuration('hostname = "a.example"\ndelivery.concurrency = 3');
    const { config } = configuration_;
    const seen: (readonly string[])[] = [];
    configuration_.changed.on((keys) => seen.push(keys));
    writeFileSync(
      file,
      'hostname = "b.example"\ndelivery.concurrency = 4\n[[listeners]]\nprotocol = "smtp"\nport = 99',
    );
    expect(configuration_.reload()).toEqual({
      applied: ['delivery.concurrency', 'listeners'],
      needsRestart: ['hostname'],
    });
    expect(config.hostname).toBe('a.example');
    expect(config.delivery.concurrency).toBe(4);
    expect(config.listeners).toHaveLength(1);
    expect(seen).toEqual([['delivery.concurrency', 'listeners']]);
    // The file and what is in force still differ, so it is said again.
    expect(configuration_.reload()).toEqual({ applied: [], needsRestart: ['hostname'] });
    expect(seen).toHaveLength(1);
  });

  it('of a file with faults changes nothing', () => {
    const configuration_ = configuration('delivery.concurrency = 3');
    writeFileSync(file, 'delivery.concurrency = 4\nnonsense = 1');
    expect(() => configuration_.reload()).toThrow(/nonsense: unknown key/);
    expect(configuration_.config.delivery.concurrency).toBe(3);
  });
});

describe('what is shown', () => {
  it('names each value with where it comes from', () => {
    const shown = configuration('hostname = "a.example"\n[[listeners]]\nprotocol = "smtp"\nport = 99', {
      MAILD_SOCKET: '/env.sock',
    }).show();
    const of = (key: string) => shown.find((value) => value.key === key);
    expect(of('hostname')).toEqual({ key: 'hostname', value: 'a.example', origin: 'file' });
    expect(of('control.socket')).toEqual({
      key: 'control.socket',
      value: '/env.sock',
      origin: 'environment',
    });
    expect(of('delivery.expire_after')).toEqual({
      key: 'delivery.expire_after',
      value: '5d',
      origin: 'default',
    });
    expect(of('listeners[0].port')).toEqual({ key: 'listeners[0].port', value: 99, origin: 'file' });
    expect(of('listeners[0].address')).toEqual({
      key: 'listeners[0].address',
      value: '127.0.0.1',
      origin: 'default',
    });
    expect(of('state_dir')?.value).toBe('/h/.local/state/maild');
  });

  it('never has a password', () => {
    const shown = configuration(
      '[[routes]]\ndomain = "*"\nvia = "smtp://u:to:p@hunter2@relay.example"',
    ).show();
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    expect(shown.find(({ key }) => key === 'routes[0].via')?.value).toBe('smtp://u:********@relay.example');
  });
});

describe('a check', () => {
  it('answers the faults of a text under the name given', () => {
    const { file: name, faults } = configuration('').check('nonsense = 1', 'new.toml');
    expect(name).toBe('new.toml');
    expect(faults).toEqual([{ file: 'new.toml', line: 1, key: 'nonsense', message: 'unknown key' }]);
  });

  it('answers the faults of the file as it is now', () => {
    const configuration_ = configuration('');
    expect(configuration_.check()).toEqual({ file, faults: [] });
    writeFileSync(file, 'x = 1');
    expect(configuration_.check().faults).toHaveLength(1);
  });
});

describe('the description of the keys', () => {
  it('says of each what it is', () => {
    for (const { key, summary, type } of describeKeys()) {
      expect(key).toMatch(/^[a-z0-9_]+(\[\])?(\.[a-z0-9_]+)*$/);
      expect(type).not.toBe('');
      expect(summary).toMatch(/^[A-Z].*\.$/);
    }
  });
});
