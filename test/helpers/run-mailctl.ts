/** Runs mailctl inside the test: streams that keep what is written, a fixed clock, a terminal when asked for. */
import { PassThrough, Writable } from 'node:stream';
import type { ExitCode } from '../../cli/exit-code.ts';
import type { InputStream, OutputStream } from '../../cli/io.ts';
import { run } from '../../cli/run.ts';

/** Sunday, 22 November 2026. */
export const testNow = Date.parse('2026-11-22T14:02:31.000Z');

export interface RunOptions {
  /** Path of the control socket. */
  readonly socket?: string;
  /** Standard input, output and error are terminals. */
  readonly tty?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly interrupt?: AbortSignal;
  /** Called with each piece of standard output. */
  readonly onStdout?: (text: string) => void;
}

export interface Ran {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes of standard output, for what is not text. */
  readonly bytes: Buffer;
}

class Kept extends Writable {
  readonly chunks: Buffer[] = [];
  readonly #onText: ((text: string) => void) | undefined;

  constructor(onText?: (text: string) => void) {
    super();
    this.#onText = onText;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    this.#onText?.(chunk.toString());
    done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

export async function runMailctl(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { tty = false, columns = 80, rows = 24 } = options;
  const screen = tty ? { isTTY: true, columns, rows } : {};
  const stdout = Object.assign(new Kept(options.onStdout), screen);
  const stderr = Object.assign(new Kept(), screen);
  const stdin: InputStream = Object.assign(new PassThrough(), {
    isTTY: tty,
    setRawMode: () => undefined,
  });
  if (options.stdin !== undefined || !tty) (stdin as PassThrough).end(options.stdin ?? '');
  const code = await run(args, {
    stdin,
    stdout: stdout as OutputStream,
    stderr: stderr as OutputStream,
    env: { ...(options.socket !== undefined && { MAILD_SOCKET: options.socket }), ...options.env },
    now: () => testNow,
    interrupt: options.interrupt ?? new AbortController().signal,
  });
  return { code, stdout: stdout.bytes.toString(), stderr: stderr.bytes.toString(), bytes: stdout.bytes };
}
