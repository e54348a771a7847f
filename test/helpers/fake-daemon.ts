/**
 * A daemon that answers what a test scripts: the control API's frames on a real Unix socket, without anything behind
 * them. It keeps the calls it got, and can send events.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Topic, TopicData } from '../../shared/api/events.ts';
import type { MethodName, Params, Result } from '../../shared/api/index.ts';
import { rpcError } from '../../shared/rpc/errors.ts';

export type Script = {
  readonly [M in MethodName]?: Result<M> | ((params: Params<M>) => Result<M> | Promise<Result<M>>);
};

/** Thrown by a script: the answer is this error. */
export class ScriptedError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

export interface Call {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export class FakeDaemon {
  readonly socket: string;
  readonly calls: Call[] = [];
  readonly #directory: string;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #waiting: { readonly method: string; readonly resolve: () => void }[] = [];
  #script: Script;
  #seq = 0;

  private constructor(directory: string, script: Script) {
    this.#directory = directory;
    this.socket = join(directory, 'maild.sock');
    this.#script = script;
    this.#server = createServer((client) => this.#serve(client));
  }

  static async start(script: Script = {}): Promise<FakeDaemon> {
    const daemon = new FakeDaemon(await mkdtemp(join(tmpdir(), 'fake-daemon-')), script);
    await new Promise<void>((resolve) => daemon.#server.listen(daemon.socket, resolve));
    return daemon;
  }

  /** What it answers from now on; the calls so far are forgotten. */
  script(script: Script): void {
    this.#script = script;
    this.calls.length = 0;
  }

  /** The calls of one method, oldest first. */
  paramsOf(method: MethodName): readonly Call['params'][] {
    return this.calls.filter((call) => call.method === method).map(({ params }) => params);
  }

  /** Resolves at the next call of the method, after its answer has been written. */
  called(method: MethodName): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ method, resolve }));
  }

  /** To all subscribers. */
  emit<T extends Topic>(topic: T, data: TopicData[T], skipped?: number, subscription = 1): void {
    this.#seq++;
    const params = { subscription, topic, seq: this.#seq, ...(skipped && { skipped }), data };
    for (const client of this.#clients) client.write(frame({ jsonrpc: '2.0', method: 'event', params }));
  }

  /** As if the service had gone. */
  hangUp(): void {
    for (const client of this.#clients) client.destroy();
  }

  async stop(): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#directory, { recursive: true, force: true });
  }

  #serve(client: Socket): void {
    this.#clients.add(client);
    client.on('close', () => this.#clients.delete(client)).on('error', () => client.destroy());
    createInterface({ input: client })
      // It passes the errors of its stream on.
      .on('error', () => client.destroy())
      .on('line', (line) => void this.#answer(client, JSON.parse(line)));
  }

  async #answer(
    client: Socket,
    request: { id: number; method: MethodName; params: Call['params'] },
  ): Promise<void> {
    const { id, method, params } = request;
    if (method !== 'service.hello') this.calls.push({ method, params });
    const head = `{"jsonrpc":"2.0","id":${id},`;
    try {
      client.write(`${head}"result":${JSON.stringify(await this.#result(method, params))}}\n`);
    } catch (error) {
      const { code, message, details } =
        error instanceof ScriptedError ? error : new ScriptedError('internal', String(error));
      client.write(`${head}"error":${JSON.stringify(rpcError(code, message, details))}}\n`);
    }
    for (const { resolve } of this.#waiting.filter((one) => one.method === method)) resolve();
  }

  async #result(method: MethodName, params: unknown): Promise<unknown> {
    const scripted: unknown = this.#script[method];
    if (typeof scripted === 'function') return scripted(params);
    if (scripted !== undefined) return scripted;
    if (method === 'service.hello')
      return { name: 'maild', version: '0.1.0', protocol: 1, hostname: 'mail1' };
    throw new ScriptedError('method.unknown', `the test has no answer for ${method}`);
  }
}

const frame = (value: unknown): string => `${JSON.stringify(value)}\n`;
