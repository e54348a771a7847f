/**
 * Real scanners, each with a configuration and a folder of the test's own, without network and without signatures or rules
 * from elsewhere. Whoever starts one disposes of it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { program } from './tools.ts';
import { until } from './until.ts';

export const clamd = program('clamd');
export const spamd = program('spamd');
export const rspamd = program('rspamd');

/** In two parts, so that no scanner finds it in this file. */
export const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');
export const gtube = ['XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE', '-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'].join('');

/** Loading SpamAssassin's rules takes seconds on a busy machine. */
const readyWithinMs = 60_000;

export interface ScannerProgram {
  readonly socket: string;
  readonly port: number;
  /** Kills it; it can be started again. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Kills it and removes its folder. */
  dispose(): Promise<void>;
}

type CommandLine = readonly [string, ...string[]];

class Program implements ScannerProgram {
  readonly socket: string;
  readonly port: number;
  readonly #folder: string;
  readonly #command: CommandLine;
  #child: ChildProcess | null = null;

  constructor(folder: string, port: number, command: CommandLine) {
    this.#folder = folder;
    this.socket = join(folder, 'scanner.sock');
    this.port = port;
    this.#command = command;
  }

  async start(): Promise<void> {
    const [command, ...args] = this.#command;
    // A group of its own: spamd and rspamd have children.
    const child = spawn(command, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let errors = '';
    child.stderr?.on('data', (data) => {
      errors += data;
    });
    await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${errors}`);
        return canConnect(this.socket);
      },
      `${command} at ${this.socket}`,
      readyWithinMs,
    );
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    process.kill(-child.pid, 'SIGKILL');
    await ended;
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const canConnect = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

async function startProgram(prepare: (folder: string, port: number) => CommandLine): Promise<ScannerProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'maild-scanner-'));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const running = new Program(folder, port, prepare(folder, port));
  try {
    await running.start();
    return running;
  } catch (error) {
    await running.dispose();
    throw error;
  }
}

/** Knows one virus, `MaildTest.EICAR`, and has limits that a small archive can break. */
export const startClamd = (): Promise<ScannerProgram> =>
  startProgram((folder, port) => {
    const database = join(folder, 'database');
    mkdirSync(database);
    const signature = Buffer.from(eicar, 'latin1').toString('hex');
    writeFileSync(join(database, 'test.ndb'), `MaildTest.EICAR:0:*:${signature}\n`);
    const config = {
      LocalSocket: join(folder, 'scanner.sock'),
      LocalSocketMode: '666',
      TCPSocket: port,
      TCPAddr: '127.0.0.1',
      DatabaseDirectory: database,
      TemporaryDirectory: folder,
      Foreground: 'yes',
      MaxThreads: 2,
      StreamMaxLength: '2M',
      MaxScanSize: '8M',
      MaxFileSize: '4M',
      MaxRecursion: 5,
      AlertExceedsMax: 'yes',
    };
    const text = Object.entries(config).map(([key, value]) => `${key} ${value}\n`);
    writeFileSync(join(folder, 'clamd.conf'), text.join(''));
    return [clamd ?? 'clamd', '--config-file', join(folder, 'clamd.conf')];
  });

/** SpamAssassin with the rules of its package, and no tests that need a network. */
export const startSpamd = (): Promise<ScannerProgram> =>
  startProgram((folder) => {
    const root = process.getuid?.() === 0 ? ['--username=nobody'] : [];
    return [
      spamd ?? 'spamd',
      '--local',
      '--nouser-config',
      '--max-children=2',
      '--syslog=stderr',
      `--listen=${join(folder, 'scanner.sock')}`,
      '--socketmode=0666',
      `--pidfile=${join(folder, 'spamd.pid')}`,
      ...root,
    ];
  });

/** rspamd with no rules but its own for GTUBE. */
export const startRspamd = (): Promise<ScannerProgram> =>
  startProgram((folder, port) => {
    writeFileSync(
      join(folder, 'rspamd.conf'),
      `options {
  pidfile = "${folder}/rspamd.pid"; hs_cache_dir = "${folder}"; stats_file = "${folder}/stats"; tempdir = "${folder}";
  filters = ""; url_tld = "/dev/null"; dns { nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }
}
logging { type = "console"; level = "error"; }
worker { type = "normal"; count = 1; bind_socket = "${folder}/scanner.sock mode=0666"; bind_socket = "127.0.0.1:${port}"; }
actions { reject = 15; add_header = 6; greylist = 4; }
`,
    );
    const root = process.getuid?.() === 0 ? ['--insecure'] : [];
    return [rspamd ?? 'rspamd', '--no-fork', ...root, '--config', join(folder, 'rspamd.conf')];
  });
