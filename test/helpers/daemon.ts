/**
 * The real maild, as built into dist/, in a process and a state directory of its own:
 *
 *     const maild = await startMaild({ config: 'domains = ["example.org"]' });
 *     await maild.call('status.get', {});
 *     maild.ports.smtp ...
 *
 * Without listeners in the configuration it has one for SMTP, submission, POP3 and IMAP4, on loopback, each at a free port.
 * Whatever is still running when the test ends is killed, and its directory removed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type Client, connect } from '../../cli/client.ts';
import type { MethodName, Params, Result } from '../../shared/api/index.ts';
import type { ListenerStatus } from '../../shared/api/server.ts';

const program = fileURLToPath(new URL('../../bin/maild', import.meta.url));
const readyWithinMs = 20_000;
const endsWithinMs = 45_000;

export interface MaildOptions {
  /**
   * TOML. `hostname`, the control socket, listeners and a name server that does not answer are added where it says
   * nothing of them. `log.stdout` must not be "none": the log tells that it is ready.
   */
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** More arguments of maild. */
  readonly args?: readonly string[];
  /** Run under this command, such as `['strace', '-f', ...]`. */
  readonly under?: readonly string[];
  /**
   * `test` (the default): it ends with the test that started it. `stopped`: whoever started it in `beforeAll` disposes
   * of it in `afterAll`.
   */
  readonly until?: 'test' | 'stopped';
}

/** How a process ended: its code, or the signal that killed it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Resolves when maild is ready. Rejects with all that it wrote when it ends before. */
export async function startMaild(options: MaildOptions = {}): Promise<RunningMaild> {
  const maild = new RunningMaild(options);
  if (options.until !== 'stopped') onTestFinished(() => maild.dispose());
  await maild.start();
  return maild;
}

/** Runs maild to its end, for what it does without starting. */
export async function runMaild(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended & { readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    output.stdout += data;
  });
  child.stderr.on('data', (data) => {
    output.stderr += data;
  });
  return { ...(await ended(child)), ...output };
}

export class RunningMaild {
  /** Removed at the end. */
  readonly stateDir = mkdtempSync(join(tmpdir(), 'maild-'));
  /** Not where the state is: tests write to it while maild looks after its own. */
  readonly #configDir = mkdtempSync(join(tmpdir(), 'maild-config-'));
  readonly configFile = join(this.#configDir, 'maild.toml');
  readonly socket = join(this.#configDir, 'run', 'maild.sock');
  readonly #options: MaildOptions;
  #child: ChildProcess | null = null;
  #ended: Promise<Ended> = Promise.resolve({ code: null, signal: null });
  #output = '';
  readonly #onOutput = new Set<() => void>();
  #client: Client | null = null;
  #listeners: readonly ListenerStatus[] = [];

  constructor(options: MaildOptions) {
    this.#options = options;
    this.configure(options.config ?? '');
  }

  /** Writes the configuration; takes effect at the next start or reload. */
  configure(config: string): void {
    writeFileSync(this.configFile, withDefaults(config), { mode: 0o600 });
  }

  async start(): Promise<void> {
    const { env, args = [], under = [] } = this.#options;
    const [command = process.execPath, ...rest] = [...under, process.execPath, program];
    const options = ['--config', this.configFile, '--state', this.stateDir, ...args];
    const child = spawn(command, [...rest, ...options], {
      env: { ...process.env, NOTIFY_SOCKET: '', ...env, MAILD_SOCKET: this.socket },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#ended = ended(child);
    const begin = this.#output.length;
    const keep = (data: Buffer): void => {
      this.#output += data.toString('utf8');
      for (const look of this.#onOutput) look();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const ready = this.#sees(() => /server: ready|"message":"ready"/.test(this.#output.slice(begin)));
    const failed = this.#ended.then(({ code, signal }) => {
      throw new Error(`maild ended with ${code ?? signal}:\n${this.#output.slice(begin)}`);
    });
    failed.catch(() => {});
    await within(readyWithinMs, Promise.race([ready, failed]), () => `maild is not ready:\n${this.#output}`);
    this.#client = await connect({ socket: this.socket, timeoutMs: 30_000 });
    await this.refreshPorts();
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** The port of the first listener of each protocol, as it was when maild started. */
  get ports(): {
    readonly smtp: number;
    readonly submission: number;
    readonly pop3: number;
    readonly imap: number;
  } {
    const port = (protocol: string): number =>
      this.#listeners.find((listener) => listener.protocol === protocol)?.port ?? 0;
    return { smtp: port('smtp'), submission: port('submission'), pop3: port('pop3'), imap: port('imap') };
  }

  get listeners(): readonly ListenerStatus[] {
    return this.#listeners;
  }

  /** After a `server.start` or a reload, which may have brought other ports. */
  async refreshPorts(): Promise<void> {
    this.#listeners = (await this.call('status.get', {})).listeners;
  }

  call<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>> {
    return this.client.call(method, params);
  }

  /** Its own connection to the control socket. */
  get client(): Client {
    if (this.#client === null) throw new Error('maild is not running');
    return this.#client;
  }

  /** All that maild wrote to standard output and standard error, of all its lives. */
  logs(): string {
    return this.#output;
  }

  /** Resolves when the output matches. */
  saw(pattern: RegExp): Promise<void> {
    const seen = this.#sees(() => pattern.test(this.#output));
    return within(readyWithinMs, seen, () => `${pattern} was not seen in:\n${this.#output}`);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#child === null) return;
    if (this.#options.under === undefined) this.#child.kill(signal);
    else process.kill(Number(readFileSync(join(this.stateDir, 'maild.pid'), 'utf8')), signal);
  }

  /** Resolves when the process has ended. */
  async ended(): Promise<Ended> {
    const result = await within(endsWithinMs, this.#ended, () => `maild does not end:\n${this.#output}`);
    this.#client?.close();
    this.#client = null;
    this.#child = null;
    return result;
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.signal(signal);
    return this.ended();
  }

  kill9(): Promise<Ended> {
    return this.stop('SIGKILL');
  }

  /** On the same state directory, after an end of whatever kind. */
  async restart(): Promise<void> {
    if (this.#child !== null) await this.stop();
    await this.start();
  }

  async dispose(): Promise<void> {
    if (this.#child !== null) await this.kill9();
    rmSync(this.stateDir, { recursive: true, force: true });
    rmSync(this.#configDir, { recursive: true, force: true });
  }

  #sees(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#onOutput.delete(look);
        resolve();
      };
      this.#onOutput.add(look);
      look();
    });
  }
}

const ended = (child: ChildProcess): Promise<Ended> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    // Not "exit": the output may still be on its way then.
    child.once('close', (code, signal) => resolve({ code, signal }));
  });

async function within<T>(ms: number, promise: Promise<T>, complaint: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint())), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function withDefaults(config: string): string {
  const hostname = /^\s*hostname\s*=/m.test(config) ? '' : 'hostname = "maild.test"\n';
  const listener = (protocol: string): string => `\n[[listeners]]\nprotocol = "${protocol}"\nport = 0\n`;
  const listeners = /^\s*\[\[listeners\]\]/m.test(config)
    ? ''
    : ['smtp', 'submission', 'pop3', 'imap'].map(listener).join('');
  // The self-test looks up the records of our domains: not at the name servers of whatever machine the tests run on.
  const dns = /^\s*(\[dns\]|dns\.servers\s*=)/m.test(config) ? '' : 'dns.servers = ["127.0.0.1:9"]\n';
  return hostname + dns + config + listeners;
}
