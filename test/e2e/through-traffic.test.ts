import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startMaild } from '../helpers/daemon.ts';
import { databaseFaults } from '../helpers/database-check.ts';
import { runProgram } from '../helpers/run-program.ts';
import { program } from '../helpers/tools.ts';
import { until } from '../helpers/until.ts';

const smtpSource = program('smtp-source');
const smtpSink = program('smtp-sink');
const messages = 500;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** smtp-sink, writing each message into a file of its own. */
function startSink(port: number): { readonly folder: string; readonly child: ChildProcess } {
  const folder = mkdtempSync(join(tmpdir(), 'maild-sink-'));
  const user = process.getuid?.() === 0 ? ['-u', 'root'] : [];
  const child = spawn(smtpSink ?? '', [...user, '-d', join(folder, '%M.'), `127.0.0.1:${port}`, '100']);
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  return { folder, child };
}

it.skipIf(smtpSource === null || smtpSink === null)(
  `${messages} messages from smtp-source through maild to smtp-sink: all arrive, each once`,
  { timeout: 60_000 },
  async () => {
    const port = await freePort();
    const { folder } = startSink(port);
    const maild = await startMaild({
      config: `[[routes]]\ndomain = "*"\nvia = "smtp://127.0.0.1:${port}"\n`,
    });
    const { code, output } = await runProgram(smtpSource, [
      ...['-s', '10', '-m', String(messages), '-l', '2000', '-N'],
      ...['-f', 'a@elsewhere.example', '-t', 'b@example.net', `127.0.0.1:${maild.ports.smtp}`],
    ]);
    expect(code, output).toBe(0);
    await until(async () => (await maild.call('status.get', {})).queue.total === 0, 'an empty queue', 30_000);
    const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
    const ids = texts.map((text) => /^\tby maild\.test with E?SMTP id (\d+)/m.exec(text)?.[1]);
    expect(texts).toHaveLength(messages);
    expect(new Set(ids).size).toBe(messages);
    const { counters } = await maild.call('status.get', {});
    expect(counters).toMatchObject({
      processedMessages: messages,
      deliveredMessages: messages,
      bouncedMessages: 0,
    });
    expect(await databaseFaults(maild.stateDir)).toEqual([]);
  },
);
