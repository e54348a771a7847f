/** A configuration as an empty file makes it, with what a test wants otherwise put over it. */
import { buildConfig } from '../../daemon/config/build-config.ts';
import type { Config } from '../../daemon/config/config.ts';
import { checkConfig } from '../../daemon/config/load-config.ts';

type Overrides = {
  readonly [K in keyof Config]?: Config[K] extends readonly unknown[]
    ? Config[K]
    : Partial<Config[K]> | Config[K];
};

const machine = {
  surroundings: { platform: 'linux' as const, env: {}, root: false, home: '/nonexistent', userName: 'test' },
  hostname: 'mx.example.com',
  ipv6: false,
};

/** The configuration that a file with this text makes. */
export function configFrom(toml: string): Config {
  const checked = checkConfig(toml, 'test.toml', { stateDir: '/nonexistent' }, machine);
  if ('faults' in checked) throw new Error(`the configuration has faults: ${JSON.stringify(checked.faults)}`);
  return buildConfig(checked.settings, null, machine);
}

export function testConfig(overrides: Overrides = {}): Config {
  const base: Record<string, unknown> = { ...configFrom('') };
  for (const [key, value] of Object.entries(overrides)) {
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
    base[key] = nested ? { ...(base[key] as object), ...value } : value;
  }
  return base as unknown as Config;
}
