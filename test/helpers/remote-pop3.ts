/**
 * Somebody else's POP3 server on 127.0.0.1, good or bad: it breaks its word as a test wants. A reading of RFC 1939 of its
 * own, sharing nothing with the client that it tests.
 */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

export interface Pop3Message {
  uid: string;
  /** With CRLF, dots not stuffed. */
  body: string | Buffer;
}

const pem = readFileSync(new URL('../fixtures/remote-smtp.pem', import.meta.url), 'utf8');

export class RemotePop3 {
  messages: Pop3Message[];
  capabilities = ['TOP', 'UIDL', 'USER', 'PIPELINING', 'SASL PLAIN LOGIN'];
  password = 'secret';
  /** Answers in place of the good ones, by command; a function is asked each time. `close` and `hang` are behaviour. */
  script: Record<string, string | ((line: string) => string | undefined) | undefined> = {};
  /** Bytes of a write; null: as they come. */
  chunk: number | null = null;
  /** Closes the connection after so many bytes of one connection. */
  dropAfter = Number.POSITIVE_INFINITY;
  /** Command lines of all connections. */
  readonly commands: string[] = [];
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, messages: Pop3Message[]) {
    this.messages = messages;
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      new Dialogue(this, socket).start();
    });
  }

  static async start(bodies: readonly (string | Buffer)[] = []): Promise<RemotePop3> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RemotePop3(
      server,
      bodies.map((body, i) => ({ uid: `uid-${i + 1}`, body })),
    );
  }

  get open(): number {
    return this.#sockets.size;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

class Dialogue {
  readonly #remote: RemotePop3;
  readonly #messages: readonly Pop3Message[];
  readonly #deleted = new Set<Pop3Message>();
  #socket: Socket;
  #rest = '';
  #sent = 0;
  #silent = false;
  #loginLines = 0;
  readonly #onData = (data: Buffer): void => this.#read(data);

  constructor(remote: RemotePop3, socket: Socket) {
    this.#remote = remote;
    this.#socket = socket;
    this.#messages = [...remote.messages];
  }

  start(): void {
    this.#listen();
    this.#answer('greeting', '', '+OK ready');
  }

  #listen(): void {
    this.#socket.on('error', () => {});
    this.#socket.on('data', this.#onData);
  }

  #read(data: Buffer): void {
    this.#rest += data.toString('latin1');
    for (let end = this.#rest.indexOf('\r\n'); end >= 0; end = this.#rest.indexOf('\r\n')) {
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 2);
      if (!this.#silent) this.#command(line);
    }
  }

  #command(line: string): void {
    this.#remote.commands.push(line);
    if (this.#loginLines > 0) {
      this.#loginLines -= 1;
      if (this.#loginLines > 0) this.#write('+ UGFzc3dvcmQ6\r\n');
      else this.#login(line, Buffer.from(line, 'base64').toString());
      return;
    }
    const [word = '', ...rest] = line.split(' ');
    const handler = this.#handlers[word.toUpperCase()];
    if (handler === undefined) this.#write('-ERR what?\r\n');
    else handler(line, rest);
  }

  readonly #handlers: Record<string, (line: string, rest: readonly string[]) => void> = {
    CAPA: (line) => void this.#answer('CAPA', line, list(this.#remote.capabilities)),
    STLS: (line) => {
      if (this.#answer('STLS', line, '+OK begin')) this.#secure();
    },
    USER: (line) => void this.#answer('USER', line, '+OK'),
    PASS: (line, rest) => this.#login(line, rest.join(' ')),
    AUTH: (line, [mechanism, initial = '']) => {
      if (mechanism === 'LOGIN') {
        this.#loginLines = 2;
        this.#write('+ VXNlcm5hbWU6\r\n');
      } else this.#login(line, Buffer.from(initial, 'base64').toString().split('\0')[2] ?? '');
    },
    LIST: (line) => {
      const sizes = this.#messages.map(({ body }, i) => `${i + 1} ${Buffer.byteLength(body)}`);
      this.#answer('LIST', line, list(sizes));
    },
    UIDL: (line) =>
      void this.#answer('UIDL', line, list(this.#messages.map(({ uid }, i) => `${i + 1} ${uid}`))),
    RETR: (line, [number]) => {
      const message = this.#messages[Number(number) - 1];
      this.#answer('RETR', line, message === undefined ? '-ERR no such message' : multi(message.body));
    },
    DELE: (line, [number]) => {
      const message = this.#messages[Number(number) - 1];
      if (this.#answer('DELE', line, '+OK marked') && message) this.#deleted.add(message);
    },
    QUIT: (line) => {
      if (!this.#answer('QUIT', line, '+OK bye')) return;
      this.#remote.messages = this.#remote.messages.filter((one) => !this.#deleted.has(one));
      this.#socket.end();
    },
  };

  #login(line: string, password: string): void {
    const good = password === this.#remote.password;
    this.#answer('login', line, good ? '+OK logged in' : '-ERR [AUTH] wrong');
  }

  /** True when the good answer was given. */
  #answer(stage: string, line: string, good: string): boolean {
    const scripted = this.#remote.script[stage];
    const answer = (typeof scripted === 'function' ? scripted(line) : scripted) ?? good;
    if (answer === 'close' || answer === 'hang') {
      this.#silent = true;
      if (answer === 'close') this.#socket.end();
      return false;
    }
    if (answer === 'endless') {
      this.#silent = true;
      this.#forever('+OK and on and on '.repeat(1_000));
      return false;
    }
    this.#write(answer.endsWith('\r\n') ? answer : `${answer}\r\n`);
    return answer === good && answer.startsWith('+OK');
  }

  #forever(text: string): void {
    const more = () => {
      while (this.#socket.writable && this.#socket.write(text));
    };
    this.#socket.on('drain', more);
    more();
  }

  #write(text: string): void {
    let data = Buffer.from(text, 'latin1');
    const left = this.#remote.dropAfter - this.#sent;
    const drops = data.length >= left;
    if (drops) data = data.subarray(0, Math.max(0, left));
    this.#sent += data.length;
    const size = this.#remote.chunk ?? data.length;
    for (let i = 0; i < data.length; i += size) this.#socket.write(data.subarray(i, i + size));
    if (!drops) return;
    this.#silent = true;
    this.#socket.end();
  }

  #secure(): void {
    this.#socket.off('data', this.#onData);
    this.#socket = new TLSSocket(this.#socket, {
      isServer: true,
      secureContext: createSecureContext({ key: pem, cert: pem }),
    });
    this.#rest = '';
    this.#listen();
  }
}

const list = (lines: readonly string[]): string =>
  `+OK\r\n${lines.map((line) => `${line}\r\n`).join('')}.\r\n`;

/** The bytes as latin1 text, so that none of them is changed on the way. */
function multi(body: string | Buffer): string {
  const text = Buffer.from(body).toString('latin1');
  const ended = text.endsWith('\r\n') ? text : `${text}\r\n`;
  return `+OK\r\n${ended.replace(/(^|\r\n)\./g, '$1..')}.\r\n`;
}
