import { describe, expect, it } from 'vitest';
import {
  clientSockets,
  defaultConfigFile,
  defaultSocket,
  defaultStateDir,
  type Surroundings,
} from '../../shared/paths.ts';

const user: Surroundings = { platform: 'linux', env: {}, root: false, home: '/home/ann', userName: 'ann' };
const root: Surroundings = { ...user, root: true, home: '/root', userName: 'root' };

describe('the places of files', () => {
  it('are those of the file hierarchy for root, whatever XDG says', () => {
    const at = { ...root, env: { XDG_CONFIG_HOME: '/x', XDG_STATE_HOME: '/x', XDG_RUNTIME_DIR: '/x' } };
    expect(defaultConfigFile(at)).toBe('/etc/maild/maild.toml');
    expect(defaultStateDir(at)).toBe('/var/lib/maild');
    expect(defaultSocket(undefined, at)).toBe('/run/maild/maild.sock');
    expect(clientSockets(at)).toEqual(['/run/maild/maild.sock']);
  });

  it('are those of XDG for others', () => {
    const at = {
      ...user,
      env: { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_RUNTIME_DIR: '/run/user/7' },
    };
    expect(defaultConfigFile(at)).toBe('/c/maild/maild.toml');
    expect(defaultStateDir(at)).toBe('/s/maild');
    expect(defaultSocket(undefined, at)).toBe('/run/user/7/maild/maild.sock');
  });

  it('fall back to the home directory where XDG is unset or not absolute', () => {
    const at = { ...user, env: { XDG_CONFIG_HOME: 'c', XDG_STATE_HOME: '', XDG_RUNTIME_DIR: './r' } };
    expect(defaultConfigFile(at)).toBe('/home/ann/.config/maild/maild.toml');
    expect(defaultStateDir(at)).toBe('/home/ann/.local/state/maild');
    expect(defaultSocket(undefined, at)).toBe('/home/ann/.local/state/maild/maild.sock');
    expect(defaultSocket('/elsewhere', at)).toBe('/elsewhere/maild.sock');
  });

  it('yield to MAILD_SOCKET, and then a client looks nowhere else', () => {
    const at = { ...user, env: { MAILD_SOCKET: '/tmp/x.sock', XDG_RUNTIME_DIR: '/run/user/7' } };
    expect(defaultSocket('/s', at)).toBe('/tmp/x.sock');
    expect(clientSockets(at)).toEqual(['/tmp/x.sock']);
  });

  it('let a plain user find a maild of their own before that of the system', () => {
    expect(clientSockets({ ...user, env: { XDG_RUNTIME_DIR: '/run/user/7' } })).toEqual([
      '/run/user/7/maild/maild.sock',
      '/home/ann/.local/state/maild/maild.sock',
      '/run/maild/maild.sock',
    ]);
    expect(clientSockets(user)).toEqual(['/home/ann/.local/state/maild/maild.sock', '/run/maild/maild.sock']);
  });

  it('are a named pipe on Windows', () => {
    expect(defaultSocket(undefined, { ...user, platform: 'win32' })).toBe('\\\\.\\pipe\\maild-ann');
  });
});
