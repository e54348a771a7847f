/** A control server in a temporary directory, and a client that sends raw lines. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AuditRecord } from '../../../daemon/audit/audit-store.ts';
import { type Clock, systemClock } from '../../../daemon/clock.ts';
import { ControlServer } from '../../../daemon/control/control-server.ts';
import type { Handlers } from '../../../daemon/control/handler.ts';
import { serviceHandlers } from '../../../daemon/control/handlers/service.ts';
import type { ControlLimits } from '../../../daemon/control/limits.ts';
import type { LogFields, LoggerSource } from '../../../daemon/log/logger.ts';
import { methods } from '../../../shared/api/index.ts';

export interface LoggedLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

export function listLog(lines: LoggedLine[]): LoggerSource {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields });
    };
  const logger = {
    enabled: () => true,
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    trace: at('trace'),
  };
  return { for: () => logger };
}

/** All methods; those that are not given throw. */
export function handlersWith(some: Partial<Handlers> = {}): Handlers {
  const missing = Object.keys(methods).map((name) => [
    name,
    () => {
      throw new Error(`no handler for ${name} here`);
    },
  ]);
  return { ...Object.fromEntries(missing), ...serviceHandlers({ hostname: () => 'mx.test' }), ...some };
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'maild-control-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface Harness {
  readonly path: string;
  readonly server: ControlServer;
  readonly log: LoggedLine[];
  readonly audited: AuditRecord[];
  /** A client that has said hello. */
  client(): Promise<RawClient>;
  /** One that has not. */
  stranger(): Promise<RawClient>;
}

export async function startControl(
  options: { handlers?: Partial<Handlers>; limits?: Partial<ControlLimits>; clock?: Clock } = {},
): Promise<Harness> {
  const path = join(temporaryDirectory(), 'control', 'maild.sock');
  const log: LoggedLine[] = [];
  const audited: AuditRecord[] = [];
  const server = new ControlServer({
    path,
    group: null,
    handlers: handlersWith(options.handlers),
    log: listLog(log),
    clock: options.clock ?? systemClock,
    audit: (record) => audited.push(record),
    ...(options.limits && { limits: options.limits }),
  });
  await server.listen();
  onTestFinished(() => server.close());
  const stranger = async () => {
    const client = await RawClient.connect(path);
    onTestFinished(() => client.destroy());
    return client;
  };
  const client = async () => {
    const known = await stranger();
    await known.call('service.hello', { protocol: 1, client: 'test/1' });
    return known;
  };
  return { path, server, log, audited, client, stranger };
}

/** What a line may have; the tests look at what they expect. */
export interface Answer {
  readonly id: unknown;
  readonly result: Readonly<Record<string, unknown>>;
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly data: { readonly code: string; readonly path?: string };
  };
  readonly params: EventParams;
}

export interface EventParams {
  readonly subscription: number;
  readonly topic: string;
  readonly seq: number;
  readonly skipped?: number;
  readonly data: unknown;
}

export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #text = '';
  readonly #lines: string[] = [];
  readonly #waiting: ((line: string | null) => void)[] = [];
  #lastId = 0;

  static connect(path: string): Promise<RawClient> {
    return new Promise((connected, failed) => {
      const socket = connect(path);
      socket.once('error', failed);
      socket.once('connect', () => connected(new RawClient(socket)));
    });
  }

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('data', (text: string) => this.#take(text));
    this.closed = new Promise((done) => {
      socket.once('close', () => {
        for (const waiting of this.#waiting.splice(0)) waiting(null);
        done();
      });
    });
  }

  send(text: string | Buffer): void {
    this.socket.write(text);
  }

  /** The next line, parsed. Throws when there is none any more. */
  async next<T = Answer>(): Promise<T> {
    const line = await this.nextLine();
    if (line === null) throw new Error('the connection is closed');
    return JSON.parse(line);
  }

  /** Null when the connection is closed. */
  nextLine(): Promise<string | null> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.socket.destroyed) return Promise.resolve(null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  ask<T = Answer>(line: string): Promise<T> {
    this.send(`${line}\n`);
    return this.next();
  }

  call(method: string, params?: unknown): Promise<Answer> {
    this.#lastId += 1;
    return this.ask(JSON.stringify({ jsonrpc: '2.0', id: this.#lastId, method, params }));
  }

  destroy(): void {
    this.socket.destroy();
  }

  #take(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) {
      const waiting = this.#waiting.shift();
      if (waiting) waiting(line);
      else this.#lines.push(line);
    }
  }
}
