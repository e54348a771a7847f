/** A client that says exactly what a test wants, byte for byte, and reads replies. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

export interface SmtpReply {
  readonly code: number;
  /** The lines without codes and separators. */
  readonly lines: readonly string[];
  /** The last line as it came. */
  readonly text: string;
}

export class SmtpTestClient {
  socket: Socket;
  #buffer = '';
  readonly #replies: SmtpReply[] = [];
  #lines: string[] = [];
  #waiting: ((reply: SmtpReply | null) => void)[] = [];
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#watch();
  }

  static async connect(
    port: number,
    options: { localAddress?: string; host?: string } = {},
  ): Promise<SmtpTestClient> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, ...options });
    const client = new SmtpTestClient(socket);
    await once(socket, 'connect');
    return client;
  }

  static async connectTls(port: number): Promise<SmtpTestClient> {
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false });
    const client = new SmtpTestClient(socket);
    await once(socket, 'secureConnect');
    return client;
  }

  /** Connects, takes the greeting, says EHLO. */
  static async ready(port: number): Promise<SmtpTestClient> {
    const client = await SmtpTestClient.connect(port);
    await client.expect(220);
    await client.say('EHLO client.example', 250);
    return client;
  }

  write(data: string | Buffer): void {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  /** Null when the connection has closed. */
  reply(): Promise<SmtpReply | null> {
    const reply = this.#replies.shift();
    if (reply !== undefined || this.closed) return Promise.resolve(reply ?? null);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The next reply, which must have this code. */
  async expect(code: number): Promise<SmtpReply> {
    const reply = await this.reply();
    if (reply?.code !== code)
      throw new Error(`expected ${code}, got ${reply?.text ?? 'the end of the connection'}`);
    return reply;
  }

  async say(line: string, code?: number): Promise<SmtpReply> {
    this.socket.write(`${line}\r\n`);
    if (code !== undefined) return this.expect(code);
    const reply = await this.reply();
    if (reply === null) throw new Error(`connection closed after ${line}`);
    return reply;
  }

  async envelope(
    from = 'sender@remote.example',
    to: readonly string[] = ['alice@example.com'],
  ): Promise<void> {
    await this.say(`MAIL FROM:<${from}>`, 250);
    for (const address of to) await this.say(`RCPT TO:<${address}>`, 250);
  }

  /** `body` with its dots stuffed already, and without the end. */
  async message(body: string): Promise<SmtpReply> {
    await this.say('DATA', 354);
    this.write(`${body}\r\n.\r\n`);
    const reply = await this.reply();
    if (reply === null) throw new Error('connection closed after the message');
    return reply;
  }

  async startTls(): Promise<void> {
    await this.say('STARTTLS', 220);
    this.socket.removeAllListeners();
    const socket: TLSSocket = connectTls({ socket: this.socket, rejectUnauthorized: false });
    this.socket = socket;
    this.#watch();
    await once(socket, 'secureConnect');
  }

  /** All replies until the other side closes. */
  async rest(): Promise<SmtpReply[]> {
    const replies: SmtpReply[] = [];
    for (let reply = await this.reply(); reply !== null; reply = await this.reply()) replies.push(reply);
    return replies;
  }

  close(): void {
    this.socket.destroy();
  }

  #watch(): void {
    this.socket.on('data', (data: Buffer) => this.#take(data.toString('utf8')));
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
      for (const resolve of this.#waiting.splice(0)) resolve(null);
    });
  }

  #take(text: string): void {
    this.#buffer += text;
    for (let end = this.#buffer.indexOf('\r\n'); end !== -1; end = this.#buffer.indexOf('\r\n')) {
      const line = this.#buffer.slice(0, end);
      this.#buffer = this.#buffer.slice(end + 2);
      this.#lines.push(line.slice(4));
      if (line[3] === '-') continue;
      const reply = { code: Number(line.slice(0, 3)), lines: this.#lines, text: line };
      this.#lines = [];
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#replies.push(reply);
      else waiting(reply);
    }
  }
}
