/** Programs, processes and figures that the parts of the benchmark share. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';

export const runs = Number(process.env.RUNS ?? 3);

/** The path of a program; null when it is not there. */
export function program(name) {
  const { MAILD_TEST_TOOLS, PATH = '' } = process.env;
  const folders = [
    ...(MAILD_TEST_TOOLS ? [join(MAILD_TEST_TOOLS, 'bin')] : []),
    ...PATH.split(delimiter),
    '/usr/sbin',
  ];
  for (const folder of folders) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {}
  }
  return null;
}

export function needed(name) {
  const path = program(name);
  if (path === null)
    throw new Error(`bench: ${name} is not installed (Debian package postfix); see test/bench/bench.mjs`);
  return path;
}

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
export const percentile = (values, p) =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * p)];

/** Runs a command to its end; answers seconds, exit code and bytes printed. */
export function timed(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const begin = process.hrtime.bigint();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
    let bytes = 0;
    child.stdout.on('data', (data) => {
      bytes += data.length;
    });
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ seconds: Number(process.hrtime.bigint() - begin) / 1e9, code, bytes }),
    );
  });
}

/** Sends `count` messages of 4 KB; answers messages a second. */
export async function send(port, { sessions, count, kept = true }) {
  const options = ['-s', sessions, '-m', count, '-l', 4096, '-M', 'client.example.test'];
  const envelope = ['-f', 'a@example.test', '-t', 'b@example.com'];
  const { seconds, code } = await timed(needed('smtp-source'), [
    ...(kept ? ['-d'] : []),
    ...options.map(String),
    ...envelope,
    `127.0.0.1:${port}`,
  ]);
  if (code !== 0) throw new Error(`smtp-source ended with ${code}`);
  return count / seconds;
}

/** Resolves when something on the port says its greeting. */
export async function greeted(port, withinMs = 60_000) {
  const end = Date.now() + withinMs;
  for (;;) {
    const ok = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => resolve(false));
      socket.on('data', (data) => {
        socket.end('QUIT\r\n');
        resolve(/^(220|\+OK|\* OK)/.test(data.toString()));
      });
    });
    if (ok) return;
    if (Date.now() > end) throw new Error(`nothing greets on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function row(...cells) {
  console.log(
    `  ${String(cells[0]).padEnd(44)}${cells
      .slice(1)
      .map((cell) => String(cell).padStart(14))
      .join('')}`,
  );
}

/** A ratio with what is wanted of it. */
export function verdict(ratio, wanted, better = 'more') {
  const good = better === 'more' ? ratio >= wanted : ratio <= wanted;
  return `${ratio.toFixed(2)}x ${good ? 'ok' : 'MISSED'} (${better === 'more' ? '>=' : '<='} ${wanted})`;
}
