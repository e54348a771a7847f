/** A POP3 client that says exactly what a test wants, byte for byte, and reads answers. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { until } from './until.ts';

export class Pop3TestClient {
  socket: Socket;
  closed = false;
  /** What has come and was not read yet, as Latin-1. */
  text = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#watch();
  }

  /** Connects and takes the greeting. */
  static async ready(port: number, options: { readonly tls?: boolean } = {}): Promise<Pop3TestClient> {
    const socket =
      options.tls === true
        ? connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
        : connect({ host: '127.0.0.1', port, noDelay: true });
    const client = new Pop3TestClient(socket);
    await client.line();
    return client;
  }

  /** The greeting is still to be read. */
  static async connect(port: number, host = '127.0.0.1'): Promise<Pop3TestClient> {
    const client = new Pop3TestClient(connect({ host, port, noDelay: true }));
    await once(client.socket, 'connect');
    return client;
  }

  write(data: string | Buffer): void {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  /** The next line of an answer, without its end. */
  async line(): Promise<string> {
    await until(() => this.text.includes('\r\n') || this.closed, 'a line');
    const end = this.text.indexOf('\r\n');
    if (end === -1) throw new Error(`closed after ${JSON.stringify(this.text)}`);
    const line = this.text.slice(0, end);
    this.text = this.text.slice(end + 2);
    return line;
  }

  /** Says a line and answers the first line of what comes back. */
  say(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.line();
  }

  /** What follows the first line, up to the dot, as it came. */
  async body(): Promise<string> {
    const end = () => (this.text.startsWith('.\r\n') ? 0 : this.text.indexOf('\r\n.\r\n') + 2);
    await until(() => this.text.startsWith('.\r\n') || end() > 1 || this.closed, 'the end of an answer');
    const at = end();
    if (!this.text.startsWith('.\r\n', at))
      throw new Error(`closed after ${JSON.stringify(this.text.slice(-200))}`);
    const body = this.text.slice(0, at);
    this.text = this.text.slice(at + 3);
    return body;
  }

  /** As `body`, with the first line before it, and without what dot-stuffing added. */
  async listing(line: string): Promise<string[]> {
    const first = await this.say(line);
    if (!first.startsWith('+OK')) return [first];
    const body = await this.body();
    return [first, ...body.split('\r\n').slice(0, -1)];
  }

  async logIn(user: string, password: string): Promise<string> {
    const reply = await this.say(`USER ${user}`);
    return reply.startsWith('+OK') ? this.say(`PASS ${password}`) : reply;
  }

  async startTls(): Promise<void> {
    const reply = await this.say('STLS');
    if (!reply.startsWith('+OK')) throw new Error(reply);
    this.socket.removeAllListeners('data');
    this.socket = connectTls({ socket: this.socket, rejectUnauthorized: false });
    this.#watch();
    await once(this.socket, 'secureConnect');
  }

  /** Resolves when the server has closed. */
  async end(): Promise<void> {
    await until(() => this.closed, 'the end of the connection');
  }

  close(): void {
    this.socket.destroy();
  }

  #watch(): void {
    this.socket.on('data', (chunk) => {
      this.text += chunk.toString('latin1');
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
    });
  }
}
