/**
 * Where things are when nobody says otherwise: configuration, state, control socket.
 *
 * As root the places of the file hierarchy, otherwise those of the XDG base directory specification. Both programs
 * use this, and a short command loads it: no imports beyond node:os and node:path.
 */
import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly root: boolean;
  readonly home: string;
  readonly userName: string;
}

export const surroundings = (): Surroundings => ({
  platform: process.platform,
  env: process.env,
  root: process.getuid?.() === 0,
  home: homedir(),
  get userName() {
    return userInfo().username;
  },
});

export const systemSocket = '/run/maild/maild.sock';

export function defaultConfigFile(at: Surroundings = surroundings()): string {
  if (at.platform === 'win32') return join(windowsDir(at), 'maild.toml');
  if (at.root) return '/etc/maild/maild.toml';
  return join(xdg(at, 'XDG_CONFIG_HOME') ?? join(at.home, '.config'), 'maild', 'maild.toml');
}

export function defaultStateDir(at: Surroundings = surroundings()): string {
  if (at.platform === 'win32') return join(windowsDir(at), 'state');
  if (at.root) return '/var/lib/maild';
  return join(xdg(at, 'XDG_STATE_HOME') ?? join(at.home, '.local', 'state'), 'maild');
}

/** Where the daemon puts its socket when `control.socket` is not set. `stateDir` is the one in force. */
export function defaultSocket(stateDir?: string, at: Surroundings = surroundings()): string {
  const named = at.env.MAILD_SOCKET;
  if (named) return named;
  // Node cannot say who may open a named pipe: whoever may log in can. It is for development (see ARCHITECTURE.md).
  if (at.platform === 'win32') return `\\\\.\\pipe\\maild-${at.userName}`;
  if (at.root) return systemSocket;
  const runtimeDir = xdg(at, 'XDG_RUNTIME_DIR');
  return runtimeDir
    ? join(runtimeDir, 'maild', 'maild.sock')
    : join(stateDir ?? defaultStateDir(at), 'maild.sock');
}

/**
 * Where a client looks, in this order. A plain user has a maild of their own or, as a member of its group, may use
 * the one of the system.
 */
export function clientSockets(at: Surroundings = surroundings()): readonly string[] {
  const own = defaultSocket(undefined, at);
  const only = Boolean(at.env.MAILD_SOCKET) || at.platform === 'win32' || own === systemSocket;
  if (only) return [own];
  // Where a maild without XDG_RUNTIME_DIR put it: ssh and cron differ in whether they set it.
  return [...new Set([own, join(defaultStateDir(at), 'maild.sock'), systemSocket])];
}

/** Relative paths are to be ignored (XDG base directory specification). */
function xdg(at: Surroundings, name: string): string | undefined {
  const value = at.env[name];
  return value && isAbsolute(value) ? value : undefined;
}

const windowsDir = (at: Surroundings): string =>
  join(at.env.LOCALAPPDATA ?? join(at.home, 'AppData', 'Local'), 'maild');
