/** mailctl, as built into dist/, on a pseudo-terminal: keys go in, the screen can be read, and every byte is kept. */
import { fileURLToPath } from 'node:url';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

export const mailctlProgram = fileURLToPath(new URL('../../bin/mailctl', import.meta.url));

export interface PtyOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export class PtyProgram {
  readonly child: IPty;
  /** All that the program wrote. */
  raw = '';
  readonly ended: Promise<{ readonly exitCode: number; readonly signal?: number | undefined }>;
  readonly #terminal: InstanceType<typeof xterm.Terminal>;

  constructor(
    command: string,
    args: readonly string[],
    { columns = 100, rows = 30, env = {} }: PtyOptions = {},
  ) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
    this.child = spawn(command, [...args], {
      name: 'xterm-256color',
      cols: columns,
      rows,
      env: { ...process.env, MAILD_HOST: '', NO_COLOR: '', VITEST: '', ...env } as Record<string, string>,
    });
    this.child.onData((data) => {
      this.raw += data;
      this.#terminal.write(data);
    });
    this.#terminal.onData((data) => this.child.write(data));
    this.ended = new Promise((resolve) => this.child.onExit(resolve));
  }

  press(keys: string): void {
    this.child.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    this.child.resize(columns, rows);
  }

  /** What stands on the screen. */
  get text(): string {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: this.#terminal.rows }, (_, row) =>
      active.getLine(active.viewportY + row)?.translateToString(true),
    ).join('\n');
  }

  get onSecondScreen(): boolean {
    return this.#terminal.buffer.active.type === 'alternate';
  }

  /** Resolves with the screen on which `text` stands. */
  async sees(text: string | RegExp, withinMs = 10_000): Promise<string> {
    const has = (): boolean => (typeof text === 'string' ? this.text.includes(text) : text.test(this.text));
    try {
      await until(has, String(text), withinMs);
    } catch {
      throw new Error(`${text} is not on the screen:\n${this.text}`);
    }
    return this.text;
  }
}

/** Killed when the test ends. */
export function openPty(command: string, args: readonly string[], options?: PtyOptions): PtyProgram {
  const program = new PtyProgram(command, args, options);
  onTestFinished(() => {
    try {
      program.child.kill('SIGKILL');
    } catch {
      // It has ended.
    }
  });
  return program;
}

export const openMailctl = (args: readonly string[], options?: PtyOptions): PtyProgram =>
  openPty(process.execPath, [mailctlProgram, ...args], options);
