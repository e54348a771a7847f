/**
 * The configuration in force: what the service reads, what a reload changes, what the API shows of it.
 *
 * `config` keeps its identity over reloads, and each of its groups is looked up when it is read: a part that reads
 * `config.delivery.concurrency` when it needs it has the present value. Keys that the schema does not call live keep
 * the value they had at the start.
 */
import type { ConfigFault } from '../../shared/api/config.ts';
import type { Result } from '../../shared/api/index.ts';
import { MaildError } from '../errors.ts';
import { EventSource } from '../events.ts';
import { buildConfig, type Machine } from './build-config.ts';
import type { Config } from './config.ts';
import { maskPassword } from './host-and-port.ts';
import { childPath, itemPath } from './key-lines.ts';
import {
  ConfigError,
  type ConfigOptions,
  checkConfig,
  type LoadedConfig,
  loadConfig,
} from './load-config.ts';
import type { Origin, Settings, Values } from './read-settings.ts';
import { settings as schema } from './schema.ts';

/** Keys in force now, and keys that wait for a restart of the service. */
export type ReloadOutcome = Result<'server.reload'>;
type ShownValue = Result<'config.show'>['values'][number];

export class Configuration {
  /** Reads the present values. */
  readonly config: Config;
  /** Keys whose values have changed. */
  readonly changed = new EventSource<readonly string[]>();
  readonly #options: ConfigOptions;
  readonly #machine: Machine;
  readonly #atStart: LoadedConfig;
  #loaded: LoadedConfig;
  #needsRestart: readonly string[] = [];

  /** Throws {@link ConfigError}. */
  constructor(options: ConfigOptions, machine: Machine) {
    this.#options = options;
    this.#machine = machine;
    this.#atStart = loadConfig(options, machine);
    this.#loaded = this.#atStart;
    this.config = presentValues(() => this.#loaded.config);
  }

  get file(): string | null {
    return this.#loaded.file;
  }

  get secretsReadable(): boolean {
    return this.#loaded.secretsReadable;
  }

  /** Keys that the last reload found changed and could not apply. */
  get needsRestart(): readonly string[] {
    return this.#needsRestart;
  }

  /** Throws {@link ConfigError}; then all stays as it was. */
  reload(): ReloadOutcome {
    const before = this.#loaded;
    const read = loadConfig(this.#options, this.#machine);
    const needsRestart: string[] = [];
    const applied: string[] = [];
    const values: Record<string, unknown> = { ...read.settings.values };
    const written = new Map(read.settings.written);
    for (const [key, { live }] of Object.entries(schema)) {
      const name = key as keyof Values;
      if (!live) {
        if (differ(this.#atStart.settings.values[name], values[key])) needsRestart.push(key);
        values[key] = this.#atStart.settings.values[name];
        const was = this.#atStart.settings.written.get(key);
        if (was === undefined) written.delete(key);
        else written.set(key, was);
      } else if (differ(before.settings.values[name], values[key])) applied.push(key);
    }
    for (const name of ['listeners', 'routes'] as const) {
      if (differ(before.settings[name], read.settings[name])) applied.push(name);
    }
    // Each value has come from one of two checked sets.
    const settings: Settings = { ...read.settings, values: values as Values, written };
    this.#loaded = { ...read, settings, config: buildConfig(settings, read.file, this.#machine) };
    this.#needsRestart = needsRestart;
    if (applied.length > 0) this.changed.emit(applied);
    return { applied, needsRestart };
  }

  /** The file as it is now, or `text` in its place under the name `name`. */
  check(text?: string, name?: string): { readonly file: string | null; readonly faults: ConfigFault[] } {
    if (text !== undefined) {
      const file = name ?? '(text)';
      const result = checkConfig(text, file, this.#options, this.#machine);
      return { file, faults: 'faults' in result ? [...result.faults] : [] };
    }
    try {
      return { file: loadConfig(this.#options, this.#machine).file, faults: [] };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { file: error.faults[0]?.file ?? null, faults: [...error.faults] };
    }
  }

  /** Every key with the value in force, as it would be written, and where it comes from; passwords masked. */
  show(): ShownValue[] {
    const { config, settings } = this.#loaded;
    const computed: Readonly<Record<string, unknown>> = {
      hostname: config.hostname,
      state_dir: config.stateDir,
      'control.socket': config.control.socket,
    };
    const shown = (path: string, type: { mask?(raw: unknown): unknown }, fallback: unknown): ShownValue => {
      const found = settings.written.get(path);
      const value = found === undefined ? fallback : found.raw;
      const origin: Origin = found?.origin ?? 'default';
      return { key: path, value: type.mask === undefined ? value : type.mask(value), origin };
    };
    const single = Object.entries(schema).map(([key, { type, default: fallback }]) =>
      shown(key, type, computed[key] ?? fallback),
    );
    const listeners = config.listeners.flatMap((listener, index) =>
      Object.entries(listener).map(([key, value]) =>
        shown(childPath(itemPath('listeners', index), key), {}, value),
      ),
    );
    const mask = (raw: unknown): unknown => (typeof raw === 'string' ? maskPassword(raw) : raw);
    const routes = [...settings.written.keys()]
      .filter((path) => path.startsWith('routes['))
      .map((path) => shown(path, { mask }, null));
    return [...single, ...listeners, ...routes];
  }
}

const differ = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);

/** An object of the same shape that looks each group up anew. */
function presentValues(current: () => Config): Config {
  const view = {};
  for (const key of Object.keys(current()) as (keyof Config)[]) {
    Object.defineProperty(view, key, { enumerable: true, get: () => current()[key] });
  }
  // Every key of Config has its getter now.
  return view as Config;
}

/** Keys of the schema by name or beginning: `delivery` is all of that table. */
export function selectKeys<K extends { readonly key: string }>(keys: readonly K[], name?: string): K[] {
  if (name === undefined) return [...keys];
  const found = keys.filter(
    ({ key }) => key === name || key.startsWith(`${name}.`) || key.startsWith(`${name}[]`),
  );
  if (found.length === 0)
    throw new MaildError('config.unknown_key', `there is no key ${JSON.stringify(name)}`);
  return found;
}
