/**
 * Makes dist/ from the sources; first installs what is missing, so that `npm start` and `npm test` are all there is to
 * type in a fresh clone. `--install` stops after that.
 *
 * maild is one CommonJS file with everything in it but what is native (sqlite3, bcrypt and Argon2), and a small one for its
 * content thread. mailctl is split by hand: what a short command needs is in mailctl.cjs, tables and the full-screen program
 * are loaded when asked for (see ARCHITECTURE.md, "Start-up"). The latter is an ES module, because Ink waits at its top
 * level.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
process.chdir(root);

/** Modules of cli/ that bring large libraries with them or are large, and that few commands need. */
const lazyParts = [
  'terminal-style',
  'terminal-table',
  'user-files/user-file',
  'mail-files/mail-import',
  'mail-files/mail-export',
];

install();
if (!process.argv.includes('--install')) await build();

/**
 * npm writes node_modules/.package-lock.json at the end of a complete install. Where there is one, only what is missing to
 * the lock is added: `npm ci` would begin by deleting everything, and compile SQLite again.
 */
function install() {
  const done = join('node_modules', '.package-lock.json');
  if (existsSync(done) && statSync(done).mtimeMs >= statSync('package-lock.json').mtimeMs) return;
  console.error('maild: installing dependencies (sqlite3 may be compiled: about a minute) ...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // Where SQLite is compiled it is to sync with fdatasync, as distributions build it: fsync would write the time of the
  // last change as well, each time.
  const { CFLAGS = '' } = process.env;
  const env =
    process.platform === 'linux' ? { ...process.env, CFLAGS: `${CFLAGS} -DHAVE_FDATASYNC=1` } : process.env;
  const verb = existsSync(done) ? ['install', '--no-save'] : ['ci'];
  const { status } = spawnSync(npm, [...verb, '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
    env,
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error(
      `maild: npm ${verb[0]} failed; what it needs is the npm registry, git, python3, make and a C++ compiler`,
    );
    process.exit(status ?? 1);
  }
  // It may have found nothing to do, and written nothing.
  const now = new Date();
  utimesSync(done, now, now);
}

async function build() {
  const esbuild = await import('esbuild');
  const common = {
    bundle: true,
    platform: 'node',
    target: 'node20.20',
    format: 'cjs',
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    logLevel: 'warning',
  };
  await buildClient(esbuild, common);
  await buildTui(esbuild, common);
  await buildDaemon(esbuild, common);
}

function buildDaemon(esbuild, common) {
  return esbuild.build({
    ...common,
    // The content thread is started from a file of its own: it must not load all of maild.
    entryPoints: { maild: 'daemon/main.ts', 'maild-contents': 'daemon/mailboxes/contents/content-worker.ts' },
    external: ['sqlite3', '@node-rs/*'],
    sourcemap: 'linked',
    // Some packages ask where they are by import.meta.url, which CommonJS lacks.
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  });
}

async function buildClient(esbuild, common) {
  const { metafile } = await esbuild.build({
    ...common,
    entryPoints: {
      mailctl: 'cli/mailctl.ts',
      ...Object.fromEntries(lazyParts.map((path) => [`mailctl-${basename(path)}`, `cli/${path}.ts`])),
    },
    minify: true,
    metafile: true,
    plugins: [{ name: 'lazy-parts', setup: keepLazyPartsApart }],
  });
  // test/cli/bundle.test.ts reads from it that a short command loads neither Ink nor zod.
  writeFileSync('dist/mailctl.meta.json', JSON.stringify(metafile));
}

/** An `import()` of one of the lazy parts becomes one of its own file in dist/. */
function keepLazyPartsApart(build) {
  build.onResolve({ filter: /\.tsx?$/ }, ({ path, kind }) => {
    if (kind !== 'dynamic-import') return undefined;
    if (path.endsWith('/tui.tsx')) return { path: './mailctl-tui.mjs', external: true };
    const name = basename(path, '.ts');
    return lazyParts.some((part) => basename(part) === name)
      ? { path: `./mailctl-${name}.cjs`, external: true }
      : undefined;
  });
}

function buildTui(esbuild, common) {
  return esbuild.build({
    ...common,
    entryPoints: { 'mailctl-tui': 'cli/tui/tui.tsx' },
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    jsx: 'automatic',
    minify: true,
    define: {
      // The development build of React measures every frame and keeps the measures for ever.
      'process.env.NODE_ENV': '"production"',
      // Yoga would fetch its own code from a data: URL, and Node would load its HTTP client for that: 30 ms.
      fetch: 'undefined',
    },
    banner: {
      js: 'import { createRequire } from "node:module";const require=createRequire(import.meta.url);',
    },
    plugins: [
      { name: 'no-devtools', setup: leaveDevtoolsOut },
      { name: 'fast-cells', setup: drawWithOwnCells },
    ],
  });
}

/** Ink asks for them, and for a WebSocket to reach them, only when DEV is set. */
function leaveDevtoolsOut(build) {
  build.onResolve({ filter: /^(react-devtools-core|ws)$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
  build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export default {}' }));
}

/** For what it does in each frame only; other users of the package keep it. */
function drawWithOwnCells(build) {
  build.onResolve({ filter: /^@alcalzone\/ansi-tokenize$/ }, ({ importer }) =>
    /[\\/]ink[\\/]build[\\/]output\.js$/.test(importer)
      ? { path: join(root, 'cli/tui/terminal/styled-cells.ts') }
      : undefined,
  );
}
