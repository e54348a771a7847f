/** The built program: what is in it, and how it behaves as a process. `npm test` builds before. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleEntry, sampleMessage, sampleStatus } from '../helpers/api-samples.ts';
import { FakeDaemon } from '../helpers/fake-daemon.ts';

const root = join(import.meta.dirname, '../..');
const program = join(root, 'bin/mailctl');
const built = existsSync(join(root, 'dist/mailctl.meta.json'));

interface Meta {
  readonly outputs: Readonly<
    Record<string, { readonly bytes: number; readonly inputs: Readonly<Record<string, unknown>> }>
  >;
}

describe.skipIf(!built)('dist/mailctl.cjs', () => {
  const { outputs }: Meta = built
    ? JSON.parse(readFileSync(join(root, 'dist/mailctl.meta.json'), 'utf8'))
    : { outputs: {} };

  it('holds nothing that a short command does not need', () => {
    const inputs = Object.keys(outputs['dist/mailctl.cjs']?.inputs ?? {});
    expect(inputs).toContain('cli/run.ts');
    for (const heavy of ['zod', 'ink', 'react', 'chalk', 'cli-table3', 'smtp-server', 'nodemailer', 'pino'])
      expect(inputs.filter((path) => path.startsWith(`node_modules/${heavy}/`))).toEqual([]);
    expect(inputs.filter((path) => path.startsWith('daemon/') || path.startsWith('shared/api/'))).toEqual([]);
  });

  it('stays small enough to start quickly', () => {
    expect(outputs['dist/mailctl.cjs']?.bytes).toBeLessThan(200_000);
  });
});

describe.skipIf(!built)('bin/mailctl', () => {
  let daemon: FakeDaemon;
  beforeAll(async () => {
    daemon = await FakeDaemon.start();
  });
  afterAll(() => daemon.stop());

  /** `until` is called with all of standard output so far; it may end the reading or send a signal. */
  function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [program, ...args], {
      env: { PATH: process.env.PATH, MAILD_SOCKET: daemon.socket, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output.stderr += text;
    });
    const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, ...output })),
    );
    return { child, ended };
  }

  it('answers and ends by itself', async () => {
    daemon.script({ 'status.get': sampleStatus() });
    const { code, stdout, stderr } = await start(['status', '--json']).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toHaveProperty('service.pid', 4121);
  });

  it('says that maild is not there: 69', async () => {
    const { code, stdout, stderr } = await start(['status'], { MAILD_SOCKET: '/nowhere/maild.sock' }).ended;
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr).toContain('/nowhere/maild.sock');
  });

  it('takes a reader that goes away for no error', async () => {
    const messages = Array.from({ length: 2_000 }, (_, index) => sampleMessage({ id: index + 1 }));
    daemon.script({ 'queue.list': { messages, next: 'more' } });
    for (const args of [['queue', '--json'], ['queue']]) {
      const { child, ended } = start(args);
      child.stdout.once('data', () => child.stdout.destroy());
      expect(await ended).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('ends a follower at SIGINT with 130', async () => {
    daemon.script({ 'events.subscribe': { subscription: 1, snapshot: { log: [sampleEntry()] } } });
    const { child, ended } = start(['log', '-f']);
    child.stdout.once('data', () => child.kill('SIGINT'));
    expect(await ended).toMatchObject({ code: 130, stderr: '' });
  });

  it('makes completion that bash accepts and that completes', () => {
    const script = `source <(${process.execPath} ${program} completion bash)
      try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _mailctl; echo "\${COMPREPLY[*]}"; }
      try mailctl que; try mailctl queue send; try mailctl queue list --state d; try mailctl --json sessions ki`;
    const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
    expect({ stdout, stderr, status }).toEqual({
      stdout: 'queue\nsend-now\ndeferred\nkill\n',
      stderr: '',
      status: 0,
    });
  });
});
