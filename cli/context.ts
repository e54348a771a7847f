/** What a command works with: its output, the client (connected when first asked for), and the person to ask. */
import type { MethodName, Params, Result } from '../shared/api/index.ts';
import type { Client } from './client.ts';
import type { Io } from './io.ts';
import { Output } from './output.ts';
import { connectToDaemon } from './reach.ts';

/** Options that every command takes, before and after its name. */
export interface GlobalOptions {
  readonly socket?: string;
  readonly host?: string;
  readonly json?: boolean;
  readonly color: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly yes?: boolean;
}

/** An answer that takes longer is not coming; the daemon's slowest listing takes a second. */
const defaultTimeoutMs = 30_000;

export class Context {
  readonly io: Io;
  readonly options: GlobalOptions;
  readonly output: Output;
  #client: Promise<Client> | null = null;
  readonly #cleanups: (() => void)[] = [];

  constructor(io: Io, options: GlobalOptions) {
    this.io = io;
    this.options = options;
    this.output = new Output(io, { json: options.json === true, color: options.color });
  }

  /** `timeoutMs` is for calls that may take their time, when the person did not set one. */
  client(timeoutMs = defaultTimeoutMs): Promise<Client> {
    this.#client ??= connectToDaemon(this.io, this.options, this.options.timeout ?? timeoutMs);
    return this.#client;
  }

  async call<M extends MethodName>(method: M, params: Params<M>, timeoutMs?: number): Promise<Result<M>> {
    return (await this.client(timeoutMs)).call(method, params);
  }

  /** Run at the end, however the command ends. */
  atEnd(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  async end(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    // Who could not connect has said so already.
    (await this.#client?.catch(() => null))?.close();
  }
}
