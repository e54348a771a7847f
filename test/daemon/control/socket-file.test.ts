import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../daemon/clock.ts';
import { ControlServer } from '../../../daemon/control/control-server.ts';
import { groupId } from '../../../daemon/control/group-id.ts';
import { SocketFile } from '../../../daemon/control/socket-file.ts';
import { nullLog } from '../../../daemon/log/logger.ts';
import { handlersWith, RawClient, temporaryDirectory } from './harness.ts';

function controlAt(path: string, group: string | null = null): ControlServer {
  const needs = { path, group, handlers: handlersWith(), log: nullLog, clock: systemClock, audit: () => {} };
  const server = new ControlServer(needs);
  onTestFinished(() => server.close());
  return server;
}

const mode = (path: string) => (lstatSync(path).mode & 0o777).toString(8);
/** The group of the process: one that it may give a file to, whoever runs the tests. */
const ownGroup = String(process.getgid?.() ?? 0);

/** A socket file that nobody listens on, as a maild leaves it that was killed. */
function leaveStaleSocket(path: string): void {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  expect(lstatSync(path).isSocket()).toBe(true);
}

describe('the socket file', () => {
  it('is 0660 in a directory of its own that is 0700', async () => {
    const path = join(temporaryDirectory(), 'a', 'maild', 'maild.sock');
    await controlAt(path).listen();
    expect(mode(path)).toBe('660');
    expect(mode(join(path, '..'))).toBe('700');
  });

  it('is 0660 whatever the umask is, and the umask stays', async () => {
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const path = join(temporaryDirectory(), 'maild', 'maild.sock');
    await controlAt(path).listen();
    expect(mode(path)).toBe('660');
    expect(process.umask()).toBe(0);
  });

  it('belongs to the configured group, and so does a directory that was made for it', async () => {
    const path = join(temporaryDirectory(), 'maild', 'maild.sock');
    await controlAt(path, ownGroup).listen();
    expect(mode(join(path, '..'))).toBe('750');
    expect(lstatSync(path).gid).toBe(Number(ownGroup));
    expect(lstatSync(join(path, '..')).gid).toBe(Number(ownGroup));
  });

  it('goes away with the server', async () => {
    const path = join(temporaryDirectory(), 'maild', 'maild.sock');
    const server = controlAt(path);
    await server.listen();
    await server.close();
    expect(existsSync(path)).toBe(false);
  });

  it('is taken over when its maild was killed', async () => {
    const path = join(temporaryDirectory(), 'maild.sock');
    leaveStaleSocket(path);
    await controlAt(path).listen();
    const client = await RawClient.connect(path);
    expect((await client.call('service.hello', { protocol: 1, client: 't/1' })).result.name).toBe('maild');
    client.destroy();
  });
});

describe('refused, with a sentence that says why', () => {
  it('a socket on which somebody answers', async () => {
    const path = join(temporaryDirectory(), 'maild.sock');
    await controlAt(path).listen();
    await expect(controlAt(path).listen()).rejects.toThrow(`another maild answers on ${path}`);
    expect(lstatSync(path).isSocket()).toBe(true);
  });

  it('a file that is no socket, which stays as it is', async () => {
    const path = join(temporaryDirectory(), 'maild.sock');
    writeFileSync(path, 'precious');
    await expect(controlAt(path).listen()).rejects.toThrow('no socket: not touched');
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });

  it('a symbolic link, even to a stale socket', async () => {
    const directory = temporaryDirectory();
    leaveStaleSocket(join(directory, 'stale'));
    symlinkSync(join(directory, 'stale'), join(directory, 'maild.sock'));
    await expect(controlAt(join(directory, 'maild.sock')).listen()).rejects.toThrow('not touched');
    expect(existsSync(join(directory, 'stale'))).toBe(true);
  });

  it.each([0o777, 0o1777, 0o720, 0o702])('a directory that others can write (%o)', async (bits) => {
    const directory = join(temporaryDirectory(), 'open');
    mkdirSync(directory);
    chmodSync(directory, bits);
    await expect(controlAt(join(directory, 'maild.sock')).listen()).rejects.toThrow(
      /can be written by others/,
    );
  });

  it('a directory that is a symbolic link', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'real'), { mode: 0o700 });
    symlinkSync('real', join(directory, 'link'));
    await expect(controlAt(join(directory, 'link', 'maild.sock')).listen()).rejects.toThrow(/symbolic link/);
  });

  it('a path of more than 107 bytes, which the system would cut', async () => {
    const directory = temporaryDirectory();
    const fits = join(directory, 'x'.repeat(107 - Buffer.byteLength(directory) - 1));
    await controlAt(fits).listen();
    expect(existsSync(fits)).toBe(true);
    await expect(controlAt(`${fits}x`).listen()).rejects.toThrow(/has 108 bytes and may have 107/);
  });

  it('a group that is not there', async () => {
    const path = join(temporaryDirectory(), 'maild.sock');
    await expect(controlAt(path, 'no-such-group').listen()).rejects.toThrow(
      'there is no group no-such-group',
    );
    expect(existsSync(path)).toBe(false);
  });
});

it('leaves a named pipe of Windows alone', async () => {
  const file = new SocketFile('\\\\.\\pipe\\maild', 'whatever');
  await file.prepare();
  expect(file.path).toBe('\\\\.\\pipe\\maild');
});

it('finds the number of a group', async () => {
  expect(await groupId('4711')).toBe(4711);
  const first = readFileSync('/etc/group', 'utf8').split('\n')[0]?.split(':');
  expect(await groupId(first?.[0] ?? '')).toBe(Number(first?.[2]));
  expect(await groupId('-x')).toBeNull();
});

it('can be listened on by nobody else in between: the mode is right from the start', async () => {
  // chmod after listen would show another mode to whoever looks in the moment of binding.
  const path = join(temporaryDirectory(), 'maild.sock');
  const server = createServer();
  onTestFinished(() => void server.close());
  const file = new SocketFile(path, null);
  await file.prepare();
  const bound = file.bind(server);
  expect(mode(path)).toBe('660');
  await bound;
});
