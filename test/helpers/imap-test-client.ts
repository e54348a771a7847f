/**
 * A client that says exactly what a test wants, byte for byte, and reads responses: lines, with literals in them as they are.
 *
 *     const client = await ImapTestClient.connect(port);
 *     await client.ok('LOGIN alice@example.com secret');
 *     expect(await client.say('NOOP')).toEqual(['* 1 EXISTS', 'OK Noop completed']);
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const literalAtEnd = /\{(\d+)\}$/;

export class ImapTestClient {
  socket: Socket;
  #buffer = '';
  #partial = '';
  readonly #lines: string[] = [];
  #waiting: ((line: string | null) => void)[] = [];
  #tags = 0;
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#watch();
  }

  /** With its greeting still to be read. */
  static async open(port: number): Promise<ImapTestClient> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const client = new ImapTestClient(socket);
    await once(socket, 'connect');
    return client;
  }

  static async openTls(port: number): Promise<ImapTestClient> {
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
    const client = new ImapTestClient(socket);
    await once(socket, 'secureConnect');
    return client;
  }

  /** After its greeting. */
  static async connect(port: number): Promise<ImapTestClient> {
    const client = await ImapTestClient.open(port);
    await client.line();
    return client;
  }

  /** The next line, with literals put in; null when the connection has closed. */
  line(): Promise<string | null> {
    const line = this.#lines.shift();
    if (line !== undefined || this.closed) return Promise.resolve(line ?? null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  write(data: string | Buffer): void {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  /** Sends a command with a tag of its own. Answers the tag. */
  send(command: string): string {
    this.#tags += 1;
    const tag = `t${this.#tags}`;
    this.write(`${tag} ${command}\r\n`);
    return tag;
  }

  /** Sends a command and reads up to its tagged response, which comes last, without its tag. */
  async say(command: string): Promise<string[]> {
    return this.until(this.send(command));
  }

  /** Lines up to the response with this tag. */
  async until(tag: string): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.line();
      if (line === null) throw new Error(`closed after ${JSON.stringify(lines)}`);
      if (line.startsWith(`${tag} `)) return [...lines, line.slice(tag.length + 1)];
      lines.push(line);
    }
  }

  /** As {@link say}, and it has to be OK. */
  async ok(command: string): Promise<string[]> {
    const lines = await this.say(command);
    if (lines.at(-1)?.startsWith('OK') !== true) throw new Error(`${command}: ${lines.at(-1)}`);
    return lines;
  }

  /** All that is still said, up to the end of the connection. */
  async rest(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== null; line = await this.line()) lines.push(line);
    return lines;
  }

  async startTls(): Promise<void> {
    this.socket.removeAllListeners();
    const socket = connectTls({ socket: this.socket, rejectUnauthorized: false });
    this.socket = socket;
    this.#buffer = '';
    await once(socket, 'secureConnect');
    this.#watch();
  }

  close(): void {
    this.socket.destroy();
  }

  #watch(): void {
    this.socket.on('data', (data) => {
      this.#buffer += data.toString('latin1');
      this.#split();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
      for (const resolve of this.#waiting.splice(0)) resolve(null);
    });
  }

  #split(): void {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n');
      if (end === -1) return;
      const line = this.#buffer.slice(0, end);
      const literal = literalAtEnd.exec(line);
      const bytes = literal === null ? 0 : Number(literal[1]);
      if (this.#buffer.length < end + 2 + bytes) return;
      this.#partial += this.#buffer.slice(0, end + (literal === null ? 0 : 2 + bytes));
      this.#buffer = this.#buffer.slice(end + 2 + bytes);
      if (literal !== null) continue;
      const whole = this.#partial;
      this.#partial = '';
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#lines.push(whole);
      else waiting(whole);
    }
  }
}
