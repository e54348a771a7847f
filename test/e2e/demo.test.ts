import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { openPty } from '../helpers/pty.ts';

const demo = fileURLToPath(new URL('../demo/demo.mjs', import.meta.url));

it('the demo shows a maild with mail going through it, and leaves nothing behind', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'demo-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const screen = openPty(process.execPath, [demo], { env: { TMPDIR: directory } });
  await screen.sees(/starting a maild/);
  // Four processes, three accounts and two connections later.
  await screen.sees('RUNNING', 30_000);
  await screen.sees(/Processed +[1-9]/);
  screen.press('2');
  await screen.sees(/IMAP4 Server.*INBOX/, 20_000);
  screen.press('4');
  await screen.sees('isp');
  screen.press('q');
  expect((await screen.ended).exitCode).toBe(0);
  expect(readdirSync(directory)).toEqual([]);
}, 90_000);
