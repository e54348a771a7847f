/**
 * Holds the shape of the project: who may import whom, how long a file may be, and what it may not be called.
 * ARCHITECTURE.md says why.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const programs = ['daemon', 'cli', 'shared'];
const maxLines = 400;

/**
 * Folders of the daemon from the bottom up. A folder imports from lower layers and from its own, where the folders of
 * one layer may not import each other in a circle. Edges may not import each other at all.
 */
const layers: readonly { readonly name: string; readonly folders: readonly string[] }[] = [
  { name: 'words', folders: ['clock.ts', 'errors.ts', 'events.ts'] },
  { name: 'base', folders: ['store', 'config', 'log', 'net'] },
  {
    name: 'services',
    folders: [
      'intake',
      'queue',
      'mailboxes',
      'accounts',
      'scan',
      'statistics',
      'sessions',
      'listeners',
      'audit',
    ],
  },
  { name: 'workers', folders: ['delivery', 'connections', 'housekeeper', 'selftest', 'trace'] },
  { name: 'edges', folders: ['control', 'smtp', 'pop3', 'imap', 'minger'] },
  { name: 'top', folders: ['lifecycle', 'status'] },
];

interface SourceFile {
  readonly path: string;
  readonly lines: number;
  /** As types too. */
  readonly imports: readonly string[];
  /** Only what is there when the program runs. */
  readonly loads: readonly string[];
}

function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|mjs)$/.test(name))
    .map((name) => {
      const path = join(folder, name).replaceAll('\\', '/');
      const text = readFileSync(join(root, path), 'utf8');
      const imports = importsOf(path, text);
      const loads = importsOf(path, text.replaceAll(/^(import|export) type [^;]*;/gm, ''));
      return { path, lines: text.split('\n').length - 1, imports, loads };
    });
}

/** Files of ours that a text imports. */
function importsOf(path: string, text: string): string[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].flatMap(
    ([, name]) => name ?? [],
  );
  return specifiers.map((name) => relative(root, join(root, dirname(path), name)).replaceAll('\\', '/'));
}

const sources = programs.flatMap(sourceFiles);
const tests = sourceFiles('test');
const top = (path: string): string => path.split('/')[0] ?? '';
/** `smtp` of `daemon/smtp/x.ts`, `clock.ts` of `daemon/clock.ts`. */
const folderOf = (path: string): string => path.split('/')[1] ?? '';
/** Files right in daemon/ that no layer names are at the top: they put the others together. */
const layerOf = (path: string): number => {
  const found = layers.findIndex(({ folders }) => folders.includes(folderOf(path)));
  return found === -1 && folderOf(path).endsWith('.ts') ? layers.length : found;
};

const daemonImports = sources
  .filter(({ path }) => top(path) === 'daemon')
  .flatMap(({ path, imports }) =>
    imports.filter((target) => top(target) === 'daemon').map((target) => ({ path, target })),
  );
const told = ({ path, target }: { path: string; target: string }): string => `${path} imports ${target}`;

describe('who may import whom', () => {
  const allowed: Readonly<Record<string, readonly string[]>> = {
    daemon: ['daemon', 'shared'],
    cli: ['cli', 'shared'],
    shared: ['shared', 'package.json'],
  };

  it('daemon and command line know shared, and never each other', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        .filter((target) => !allowed[top(path)]?.includes(top(target)))
        .map((target) => told({ path, target })),
    );
    expect(wrong).toEqual([]);
  });

  it('every folder of the daemon has its layer', () => {
    const homeless = sources.filter(({ path }) => top(path) === 'daemon' && layerOf(path) === -1);
    expect(homeless.map(({ path }) => path)).toEqual([]);
  });

  it('inside the daemon only downwards', () => {
    const upwards = daemonImports.filter(({ path, target }) => layerOf(target) > layerOf(path));
    expect(upwards.map(told)).toEqual([]);
  });

  it('edges do not know each other', () => {
    const edges = layers.findIndex(({ name }) => name === 'edges');
    const wrong = daemonImports.filter(
      ({ path, target }) =>
        layerOf(path) === edges && layerOf(target) === edges && folderOf(path) !== folderOf(target),
    );
    expect(wrong.map(told)).toEqual([]);
  });

  it('folders do not import each other in a circle', () => {
    const graph = new Map<string, Set<string>>();
    for (const { path, target } of daemonImports) {
      const [from, to] = [folderOf(path), folderOf(target)];
      if (from !== to && layerOf(path) < layers.length)
        graph.set(from, (graph.get(from) ?? new Set()).add(to));
    }
    expect(circle(graph)).toBeNull();
  });

  it('files do not load each other in a circle', () => {
    const graph = new Map(sources.map(({ path, loads }) => [path, new Set(loads)]));
    expect(circle(graph)).toBeNull();
  });
});

/** The way round, or null. */
function circle(graph: ReadonlyMap<string, ReadonlySet<string>>): string | null {
  const done = new Set<string>();
  const visit = (node: string, way: readonly string[]): string | null => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node].join(' > ');
    if (done.has(node)) return null;
    for (const next of graph.get(node) ?? []) {
      const found = visit(next, [...way, node]);
      if (found !== null) return found;
    }
    done.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const found = visit(node, []);
    if (found !== null) return found;
  }
  return null;
}

describe('files', () => {
  it(`are not longer than ${maxLines} lines`, () => {
    const long = [...sources, ...tests].filter(({ lines }) => lines > maxLines);
    expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });

  it('are named for what they are for', () => {
    const vague = /\/(utils?|helpers?|common|misc|types|manager)\.tsx?$/;
    const wrong = [...sources, ...tests].filter(({ path }) => vague.test(path));
    expect(wrong.map(({ path }) => path)).toEqual([]);
    const cased = sources.filter(({ path }) => !/^[a-z0-9./-]+$/.test(path));
    expect(cased.map(({ path }) => path)).toEqual([]);
  });

  it('begin by saying what they are in charge of', () => {
    const silent = sources.filter(
      ({ path }) => !/^(#!.*\n)?\/\*\*/.test(readFileSync(join(root, path), 'utf8')),
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });
});
