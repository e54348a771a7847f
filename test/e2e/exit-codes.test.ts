/** What the programs end with: scripts and service managers decide by it. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runMaild } from '../helpers/daemon.ts';
import { startMailSystem } from '../helpers/mail-system.ts';
import { mailctlProgram, runMailctl } from '../helpers/mailctl.ts';

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'maild-exit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Something on a Unix socket that is no maild, or is one that does not answer. */
async function socketThat(answers: string | null): Promise<string> {
  const path = join(temporary(), 'x.sock');
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {
      if (answers !== null) socket.end(answers);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  return path;
}

describe('mailctl', () => {
  it('ends with 0 when it is done, also when a listing has nothing in it', async () => {
    const system = await startMailSystem();
    for (const args of [
      ['status'],
      ['queue'],
      ['sessions'],
      ['queue', 'send-now', '--all'],
      ['--version'],
      ['--help'],
    ])
      expect((await system.mailctl(...args)).code, args.join(' ')).toBe(0);
    expect((await system.mailctl('queue')).stderr).not.toBe('');
  });

  it('ends with 1 when it is not done, or not for all that was named', async () => {
    const system = await startMailSystem();
    await system.told('server', 'pause', 'delivering');
    const id = await system.send();
    for (const args of [
      ['queue', 'show', '4711'],
      ['queue', 'explain', '4711'],
      ['queue', 'hold', String(id), '4711'],
      ['queue', 'undo'],
      ['sessions', 'kill', '4711'],
      ['accounts', 'remove', 'nobody@example.org', '--yes'],
      ['aliases', 'remove', 'nobody@example.org'],
      ['accounts', 'add', 'ann@not-ours.example', '--password-stdin'],
    ]) {
      const { code, stderr, stdout } = await system.mailctlWith({ stdin: 'password\n' }, ...args);
      expect(code, `${args.join(' ')}: ${stdout}${stderr}`).toBe(1);
      expect(stderr + stdout).not.toBe('');
    }
  });

  it.each([
    [['nonsense']],
    [['queue', 'nonsense']],
    [['queue', '--nonsense']],
    [['queue', 'show']],
    [['queue', 'show', 'x']],
    [['queue', 'remove']],
    [['queue', 'remove', '--to', '*']],
    [['queue', 'clear']],
    [['sessions', 'kill', '--all']],
    [['sessions', '--type', 'telepathy']],
    [['queue', '--older-than', 'soon']],
    [['log', '--level', 'loud']],
    [['server', 'pause', 'everything']],
    [['status', '--timeout', 'x']],
  ])('ends with 64 for %j, says why and where to look, and has done nothing', async (args) => {
    const { code, stdout, stderr } = await runMailctl(join(tmpdir(), 'nobody.sock'), args);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toMatch(/^mailctl: .+\n.+\n$/);
  });

  it('ends with 69 when there is no maild, in one sentence with a hint, whatever was asked', async () => {
    const nowhere = join(temporary(), 'maild.sock');
    for (const args of [
      ['status'],
      ['status', '--json'],
      ['queue', 'clear', '--yes'],
      ['log', '-f'],
      ['sessions'],
    ]) {
      const { code, stdout, stderr } = await runMailctl(nowhere, args);
      expect({ code, stdout }, args.join(' ')).toEqual({ code: 69, stdout: '' });
      expect(stderr, args.join(' ')).toMatch(/^mailctl: .+\n.+\n$/);
      expect(stderr).toContain(nowhere);
    }
    const system = await startMailSystem();
    await system.maild.kill9();
    expect((await system.mailctl('status')).code, 'a socket left behind by a kill').toBe(69);
    expect(
      (await runMailctl(await socketThat('220 mail.example ESMTP\r\n'), ['status'])).code,
      'no maild',
    ).toBe(69);
  });

  it('ends with 75 when maild does not answer in time', async () => {
    const { code, stderr } = await runMailctl(await socketThat(null), ['status', '--timeout', '300ms']);
    expect(code).toBe(75);
    expect(stderr).toMatch(/^mailctl: .+\n.+\n$/);
  });

  it.skipIf(process.getuid?.() !== 0)('ends with 77 for a user who may not use the socket', async () => {
    const system = await startMailSystem();
    // Others may look for the socket, and see that it is not for them.
    for (const folder of [dirname(system.maild.socket), dirname(dirname(system.maild.socket))])
      chmodSync(folder, 0o755);
    const child = spawn(process.execPath, [mailctlProgram, 'status'], {
      env: { ...process.env, MAILD_SOCKET: system.maild.socket },
      uid: 65_534,
      gid: 65_534,
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code, stderr).toBe(77);
    expect(stderr).toMatch(/^mailctl: .+\n.*group.*\n$/);
  });

  it('ends with 130 when it is interrupted', async () => {
    const system = await startMailSystem();
    const following = system.following('log', '-f');
    await following.shows(/ready/);
    following.signal('SIGINT');
    expect(await following.ended).toBe(130);
  });

  it('ends with 0 when its reader goes away', async () => {
    const system = await startMailSystem();
    await system.told('server', 'pause', 'delivering');
    for (let n = 0; n < 50; n += 1) await system.send({ subject: 'x'.repeat(190) });
    const piped = await new Promise((resolve) => {
      const child = spawn(
        '/bin/sh',
        ['-c', `"$0" "$1" api queue.list --json | head -c 1; true`, process.execPath, mailctlProgram],
        {
          env: { ...process.env, MAILD_SOCKET: system.maild.socket },
        },
      );
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text) => {
        stderr += text;
      });
      child.once('close', () => resolve(stderr));
    });
    expect(piped).toBe('');
    const child = spawn(process.execPath, [mailctlProgram, 'log', '-f', '-n', '1000'], {
      env: { ...process.env, MAILD_SOCKET: system.maild.socket },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdout.once('data', () => child.stdout.destroy());
    const ended = new Promise((resolve) => child.once('close', resolve));
    await new Promise((resolve) => child.stdout.once('close', resolve));
    await system.send();
    expect(await ended).toBe(0);
  });
});

describe('maild --check', () => {
  it('ends with 0, or with 78 and every fault with its line', async () => {
    const file = join(temporary(), 'maild.toml');
    writeFileSync(file, 'hostname = "mail.example.org"\ndomains = ["example.org"]\n', { mode: 0o600 });
    expect(await runMaild(['--check', '--config', file])).toMatchObject({ code: 0, stderr: '' });
    writeFileSync(
      file,
      'domain = ["example.org"]\n\n[delivery]\nretry_schedule = ["soon"]\nconcurrency = 0\n',
    );
    const { code, stderr, stdout } = await runMaild(['--check', '--config', file]);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/maild\.toml:1: domain: .*did you mean domains/),
      expect.stringMatching(/maild\.toml:4: delivery\.retry_schedule/),
      expect.stringMatching(/maild\.toml:5: delivery\.concurrency: /),
    ]);
    writeFileSync(file, 'this is = = no TOML\n');
    expect(await runMaild(['--check', '--config', file])).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/maild\.toml:1: /),
    });
  });
});
