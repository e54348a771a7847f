/**
 * Text of a configuration file to checked values: every fault at once, each with its line.
 *
 * Checks each value by itself against the schema. What must hold between several keys is in cross-checks.ts; what
 * depends on the machine is in build-config.ts.
 */
import { parse, TomlError } from 'smol-toml';
import type { ConfigFault, ConfigKey } from '../../shared/api/config.ts';
import { closestName } from './closest-name.ts';
import { childPath, itemPath, type KeyLines } from './key-lines.ts';
import { listenerSettings, routeSettings, settings, tables } from './schema.ts';
import type { Raw, Setting, SettingValues } from './setting.ts';
import { ValueFault } from './value-type.ts';

export type Origin = 'default' | 'file' | 'environment' | 'option';
export type Values = SettingValues<typeof settings>;
export type ListenerValues = SettingValues<typeof listenerSettings>;
export type RouteValues = SettingValues<typeof routeSettings>;

/** What was written, before it is checked. */
export interface Written {
  readonly raw: Raw;
  readonly origin: Origin;
}

export interface Settings {
  readonly values: Values;
  readonly listeners: readonly ListenerValues[];
  readonly routes: readonly RouteValues[];
  /** What was written, by path: `delivery.concurrency`, `listeners[0].port`. Defaults are not in it. */
  readonly written: ReadonlyMap<string, Written>;
}

/** Collects faults, and knows where in the file each path stands. */
export class FaultList {
  readonly faults: ConfigFault[] = [];
  readonly #file: string;
  readonly #lines: KeyLines;

  constructor(file: string, lines: KeyLines) {
    this.#file = file;
    this.#lines = lines;
  }

  /** `part` is a part of the value at `path`: its line is given when it has one of its own. */
  add(path: string, message: string, part = ''): void {
    const line = this.#lines.get(path + part) ?? this.#lines.get(path) ?? null;
    this.faults.push({ file: this.#file, line, key: path + part, message });
  }
}

type Table = Readonly<Record<string, unknown>>;
type Group = Readonly<Record<string, Setting<unknown>>>;

/** Answers the text's tables, or the one fault of syntax. */
export function readToml(text: string, file: string): { table: Table } | { fault: ConfigFault } {
  try {
    return { table: parse(text, { unsafeKeyBehaviour: 'throw', maxDepth: 20 }) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const message = error.message.split('\n', 1)[0]?.replace(/^Invalid TOML document: /, '') ?? 'not TOML';
    return { fault: { file, line: error.line, key: null, message } };
  }
}

/**
 * Checks all that is written. `overrides` are keys set from outside of the file; they win over it. Values that have
 * faults are at their defaults in the answer.
 */
export function readSettings(
  table: Table,
  overrides: ReadonlyMap<keyof Values, Written>,
  faults: FaultList,
): Settings {
  const written = new Map<string, Written>();
  collect(table, '', written, faults);
  for (const [key, value] of overrides) written.set(key, value);
  return {
    values: checkGroup(settings, (key) => key, written, faults),
    listeners: readTables(table, 'listeners', listenerSettings, written, faults),
    routes: readTables(table, 'routes', routeSettings, written, faults),
    written,
  };
}

/** Walks the tables down to the keys that the schema knows. */
function collect(table: Table, parent: string, written: Map<string, Written>, faults: FaultList): void {
  for (const [name, value] of Object.entries(table)) {
    const path = childPath(parent, name);
    if (Object.hasOwn(settings, path)) written.set(path, { raw: value as Raw, origin: 'file' });
    else if (Object.hasOwn(tables, path)) continue;
    else if (Object.keys(settings).some((key) => key.startsWith(`${path}.`))) {
      if (isTable(value)) collect(value, path, written, faults);
      else faults.add(path, `must be a table: [${path}]`);
    } else faults.add(path, unknownKey(name, parent));
  }
}

function readTables<G extends Group>(
  table: Table,
  name: keyof typeof tables,
  group: G,
  written: Map<string, Written>,
  faults: FaultList,
): readonly SettingValues<G>[] {
  const list: unknown = table[name] ?? [];
  if (!Array.isArray(list)) {
    faults.add(name, `must be tables in double brackets: [[${name}]]`);
    return [];
  }
  return list.map((entry: unknown, index) => {
    const path = itemPath(name, index);
    if (!isTable(entry)) faults.add(path, 'must be a table');
    for (const [key, raw] of Object.entries(isTable(entry) ? entry : {})) {
      if (Object.hasOwn(group, key)) written.set(childPath(path, key), { raw: raw as Raw, origin: 'file' });
      else faults.add(childPath(path, key), unknownKey(key, `${name}[]`));
    }
    return checkGroup(group, (key) => childPath(path, key), written, faults);
  });
}

function checkGroup<G extends Group>(
  group: G,
  pathOf: (key: string) => string,
  written: ReadonlyMap<string, Written>,
  faults: FaultList,
): SettingValues<G> {
  const values = Object.entries(group).map(([key, setting]) => {
    const found = written.get(pathOf(key));
    if (found !== undefined) {
      try {
        return [key, setting.type.parse(found.raw)];
      } catch (error) {
        if (!(error instanceof ValueFault)) throw error;
        const from = found.origin === 'file' ? '' : ` (from the ${found.origin})`;
        faults.add(pathOf(key), error.message + from, error.part);
      }
    }
    return [key, setting.default === null ? null : setting.type.parse(setting.default)];
  });
  // Each key of the group has been given what its own type makes of it.
  return Object.fromEntries(values) as SettingValues<G>;
}

function unknownKey(name: string, parent: string): string {
  const prefix = parent === '' ? '' : `${parent}.`;
  const known = describeKeys().map(({ key }) => key);
  const siblings = known
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length).replace(/(\.|\[\]).*/, ''));
  const near = closestName(name, [...new Set(siblings)]);
  // A right name in a wrong table is the other common mistake.
  const elsewhere = known.find((key) => key.endsWith(`.${name}`));
  const meant = near === undefined ? elsewhere : prefix + near;
  return meant === undefined ? 'unknown key' : `unknown key (did you mean ${meant}?)`;
}

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Every key there is, in the order of the schema. */
export function describeKeys(): readonly ConfigKey[] {
  const groups: readonly (readonly [string, Group])[] = [
    ['', settings],
    ...Object.entries(tables).map(([name, group]) => [`${name}[].`, group] as const),
  ];
  return groups.flatMap(([prefix, group]) =>
    Object.entries(group).map(([key, { type, default: fallback, live, summary }]) => ({
      key: prefix + key,
      type: type.name,
      unit: type.unit,
      default: fallback === null ? null : tomlText(fallback),
      live,
      summary,
    })),
  );
}

/** A value as it is written in TOML. Tables only occur empty. */
const tomlText = (raw: Raw): string =>
  Array.isArray(raw) ? `[${raw.map(tomlText).join(', ')}]` : JSON.stringify(raw);
