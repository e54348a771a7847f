/**
 * The real mailctl, as built into dist/, in a process of its own: to its end, or followed while it runs. In a terminal
 * it is `terminal.ts`; inside the test process, with a fixed clock, `run-mailctl.ts`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

export const mailctlProgram = fileURLToPath(new URL('../../bin/mailctl', import.meta.url));

export interface MailctlOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface MailctlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `socket` null: as on a machine where nobody said where maild is. */
export async function runMailctl(
  socket: string | null,
  args: readonly string[],
  options: MailctlOptions = {},
): Promise<MailctlResult> {
  const running = new Mailctl(socket, args, options);
  const code = await running.ended;
  return { code, stdout: running.stdout, stderr: running.stderr };
}

/** JSON Lines as `--json` prints them. */
export const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** A mailctl that runs beside the test, such as `log -f`. Killed with the test at the latest. */
export class Mailctl {
  stdout = '';
  stderr = '';
  /** Its exit code; null when a signal killed it. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(socket: string | null, args: readonly string[], options: MailctlOptions = {}) {
    const { MAILD_SOCKET: _, MAILD_HOST: __, ...env } = process.env;
    const child = spawn(process.execPath, [mailctlProgram, ...args], {
      env: { ...env, ...(socket !== null && { MAILD_SOCKET: socket }), ...options.env },
    });
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
    this.ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
    onTestFinished(() => void child.kill('SIGKILL'));
  }

  /** Resolves when standard output matches. */
  async shows(pattern: RegExp): Promise<void> {
    await until(() => pattern.test(this.stdout), `${pattern} in mailctl's output`).catch((error: Error) => {
      throw new Error(`${error.message}; it wrote:\n${this.stdout}${this.stderr}`);
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
