/** The content thread on a script built from the sources, for tests that do not go by dist/. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../daemon/clock.ts';
import { nullLog } from '../../daemon/log/logger.ts';
import { ContentThread } from '../../daemon/mailboxes/contents/content-thread.ts';

/** Path of content-worker.ts as maild runs it. Gone after the tests of the file. */
export function contentScript(): string {
  const folder = mkdtempSync(join(tmpdir(), 'content-thread-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const script = join(folder, 'contents.cjs');
  buildSync({
    entryPoints: [
      fileURLToPath(new URL('../../daemon/mailboxes/contents/content-worker.ts', import.meta.url)),
    ],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'silent',
  });
  return script;
}

/** A thread that ends with the test. `script`: its path, or its text. */
export function testThread(
  script: string,
  options: { readonly clock?: Clock; readonly jobMs?: number } = {},
): ContentThread {
  const thread = new ContentThread({ script, clock: systemClock, log: nullLog.for('server'), ...options });
  onTestFinished(() => thread.close());
  return thread;
}

/** A script of a few lines. It says `ready`, then does what `body` says with each `job`; `answer` is at hand. */
export function smallScript(body: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'small-script-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const script = join(folder, 'script.cjs');
  writeFileSync(
    script,
    `const { parentPort } = require('node:worker_threads');
     const answer = (answer) => parentPort.postMessage({ kind: 'answer', answer });
     parentPort.on('message', (job) => { ${body} });
     parentPort.postMessage({ kind: 'ready' });`,
  );
  return script;
}
