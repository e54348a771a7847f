/**
 * Finds the configuration file, reads and checks it: what `maild` starts with and what a reload reads again.
 *
 * Order of precedence: option, environment, file, default.
 */
import { readFileSync, statSync } from 'node:fs';
import type { ConfigFault } from '../../shared/api/config.ts';
import { defaultConfigFile } from '../../shared/paths.ts';
import { errorCode, errorText, MaildError } from '../errors.ts';
import { buildConfig, type Machine } from './build-config.ts';
import type { Config } from './config.ts';
import { crossCheck } from './cross-checks.ts';
import { hasPassword } from './host-and-port.ts';
import { keyLines } from './key-lines.ts';
import {
  FaultList,
  readSettings,
  readToml,
  type Settings,
  type Values,
  type Written,
} from './read-settings.ts';

/** Larger ones are a mistake: they would be read into memory whole. */
const maxFileBytes = 1_048_576;

/** What the command line of maild says. */
export interface ConfigOptions {
  readonly configFile?: string | undefined;
  readonly stateDir?: string | undefined;
}

export interface LoadedConfig {
  /** Null: there is none, all is default. */
  readonly file: string | null;
  readonly settings: Settings;
  readonly config: Config;
  /** The file holds a password, and any user of this machine can read it. */
  readonly secretsReadable: boolean;
}

/** The configuration has faults; all of them are in `faults`. */
export class ConfigError extends MaildError {
  readonly faults: readonly ConfigFault[];
  constructor(faults: readonly ConfigFault[]) {
    super('config.invalid', faults.map(faultText).join('\n'), { details: { faults } });
    this.faults = faults;
  }
}

/** `file:line: key: message`, as compilers write it. */
export const faultText = ({ file, line, key, message }: ConfigFault): string =>
  [file + (line === null ? '' : `:${line}`), ...(key === null ? [] : [key]), message].join(': ');

/** Throws {@link ConfigError}. */
export function loadConfig(options: ConfigOptions, machine: Machine): LoadedConfig {
  const { env } = machine.surroundings;
  const named = options.configFile ?? (env.MAILD_CONFIG || undefined);
  const path = named ?? defaultConfigFile(machine.surroundings);
  const read = readConfigFile(path, named !== undefined);
  const result = checkConfig(read?.text ?? '', path, options, machine);
  if ('faults' in result) throw new ConfigError(result.faults);
  const { settings } = result;
  const file = read === null ? null : path;
  const secrets =
    settings.routes.some(({ via }) => hasPassword(via ?? undefined)) ||
    settings.values['minger.secrets'].length > 0;
  return {
    file,
    settings,
    config: buildConfig(settings, file, machine),
    secretsReadable: secrets && ((read?.mode ?? 0) & 0o004) !== 0,
  };
}

/** Checks a text as if it stood in `file`. */
export function checkConfig(
  text: string,
  file: string,
  options: ConfigOptions,
  machine: Machine,
): { readonly settings: Settings } | { readonly faults: readonly ConfigFault[] } {
  const toml = readToml(text, file);
  if ('fault' in toml) return { faults: [toml.fault] };
  const faults = new FaultList(file, keyLines(text));
  const settings = readSettings(toml.table, overrides(options, machine), faults);
  crossCheck(settings, faults);
  if (faults.faults.length === 0) return { settings };
  return { faults: faults.faults.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

function overrides(options: ConfigOptions, machine: Machine): ReadonlyMap<keyof Values, Written> {
  const set = new Map<keyof Values, Written>();
  const { MAILD_SOCKET: socket } = machine.surroundings.env;
  if (socket) set.set('control.socket', { raw: socket, origin: 'environment' });
  if (options.stateDir !== undefined) set.set('state_dir', { raw: options.stateDir, origin: 'option' });
  return set;
}

/** Null when there is no file and none was asked for. */
function readConfigFile(path: string, required: boolean): { text: string; mode: number } | null {
  const fault = (message: string): ConfigError =>
    new ConfigError([{ file: path, line: null, key: null, message }]);
  try {
    const { size, mode } = statSync(path);
    if (size > maxFileBytes) throw fault(`is larger than ${maxFileBytes} bytes`);
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)), mode };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (errorCode(error) === 'ENOENT' && !required) return null;
    if (error instanceof TypeError) throw fault('is not UTF-8');
    throw fault(`cannot be read: ${errorCode(error) ?? errorText(error)}`);
  }
}
