/**
 * Somebody else's mail server on 127.0.0.1, good or bad: it takes mail, and at any step it can be told to refuse,
 * hang, close, or talk nonsense. Deliberately a line-by-line reading of RFC 5321 of its own, sharing nothing with the
 * client that it tests.
 */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';

/** A reply line (or several, joined by `\r\n`), or bad behaviour. */
export type Step = string | 'close' | 'hang' | 'garbage' | 'endless' | 'flood';
export type Stage =
  | 'connect'
  | 'ehlo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'dot'
  | 'rset'
  | 'quit';
/** A step for a stage; a function is asked each time, with the command line. Undefined: as a good server does. */
export type Script = Partial<Record<Stage, Step | ((line: string) => Step | undefined)>>;

export interface Received {
  /** The MAIL and RCPT command lines of accepted addresses. */
  readonly mail: string;
  readonly rcpt: readonly string[];
  /** Dot-stuffing undone. */
  readonly body: string;
  readonly tls: boolean;
}

const pem = readFileSync(new URL('../fixtures/remote-smtp.pem', import.meta.url), 'utf8');
const nonsense = '\x1b]52;c;x\x07 one two three\r\n';

export class RemoteSmtp {
  script: Script = {};
  extensions = ['PIPELINING', 'SIZE 10000000', '8BITMIME', 'SMTPUTF8', 'DSN'];
  /** TLS that fails in the handshake. */
  brokenTls = false;
  readonly messages: Received[] = [];
  /** All command lines of all connections, in their order. */
  readonly commands: string[] = [];
  connections = 0;
  /** Most connections open at the same time. */
  mostOpen = 0;
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      this.mostOpen = Math.max(this.mostOpen, this.#sockets.size);
      socket.on('close', () => this.#sockets.delete(socket));
      new Dialogue(this, socket).start();
    });
  }

  static async start(script: Script = {}): Promise<RemoteSmtp> {
    // Replies leave at once: with Nagle's algorithm each message would wait for a delayed ACK.
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const remote = new RemoteSmtp(server);
    remote.script = script;
    return remote;
  }

  get open(): number {
    return this.#sockets.size;
  }

  /** Drops all connections, as a restart does. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.dropAll();
    await closed;
  }
}

class Dialogue {
  readonly #remote: RemoteSmtp;
  #socket: Socket;
  #rest = '';
  #mail = '';
  #rcpt: string[] = [];
  /** Lines of the message; null outside DATA. */
  #body: string[] | null = null;
  /** Lines still to come that answer a challenge of AUTH. */
  #challenges = 0;
  #tls = false;
  #silent = false;
  readonly #onData = (chunk: Buffer): void => this.#read(chunk);

  constructor(remote: RemoteSmtp, socket: Socket) {
    this.#remote = remote;
    this.#socket = socket;
  }

  start(): void {
    this.#listen();
    this.#answer('connect', '', '220 remote.test ESMTP');
  }

  #listen(): void {
    this.#socket.on('error', () => {});
    this.#socket.on('data', this.#onData);
  }

  #read(chunk: Buffer): void {
    this.#rest += chunk.toString('utf8');
    for (let end = this.#rest.indexOf('\r\n'); end >= 0; end = this.#rest.indexOf('\r\n')) {
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 2);
      if (this.#silent) return;
      if (this.#body !== null) this.#bodyLine(line);
      else this.#command(line);
    }
  }

  #bodyLine(line: string): void {
    const body = this.#body ?? [];
    if (line !== '.') {
      body.push(line.startsWith('.') ? line.slice(1) : line);
      return;
    }
    this.#body = null;
    const message = { mail: this.#mail, rcpt: this.#rcpt, body: body.join('\r\n'), tls: this.#tls };
    this.#forget();
    if (this.#answer('dot', '.', '250 2.0.0 taken')) this.#remote.messages.push(message);
  }

  #command(line: string): void {
    this.#remote.commands.push(line);
    if (this.#challenges > 0) {
      this.#challenges -= 1;
      if (this.#challenges > 0) this.#write('334 UGFzc3dvcmQ6');
      else this.#answer('auth', line, '235 2.7.0 welcome');
      return;
    }
    switch (/^[A-Za-z]*/.exec(line)?.[0].toUpperCase()) {
      case 'EHLO':
        this.#answer('ehlo', line, this.#ehlo());
        break;
      case 'HELO':
        this.#answer('ehlo', line, '250 remote.test');
        break;
      case 'STARTTLS':
        if (this.#answer('starttls', line, '220 2.0.0 go ahead')) this.#secure();
        break;
      case 'AUTH':
        if (/^AUTH LOGIN$/i.test(line)) {
          this.#challenges = 2;
          this.#write('334 VXNlcm5hbWU6');
        } else this.#answer('auth', line, '235 2.7.0 welcome');
        break;
      case 'MAIL':
        this.#forget();
        if (this.#answer('mail', line, '250 2.1.0 fine')) this.#mail = line;
        break;
      case 'RCPT':
        if (this.#mail === '') this.#write('503 5.5.1 no MAIL before');
        else if (this.#answer('rcpt', line, '250 2.1.5 fine')) this.#rcpt.push(line);
        break;
      case 'DATA':
        if (this.#rcpt.length === 0) this.#write('554 5.5.1 no valid recipients');
        else if (this.#answer('data', line, '354 go ahead')) this.#body = [];
        break;
      case 'RSET':
        this.#forget();
        this.#answer('rset', line, '250 2.0.0 forgotten');
        break;
      case 'QUIT':
        if (this.#answer('quit', line, '221 2.0.0 bye')) this.#socket.end();
        break;
      default:
        this.#write('500 5.5.2 what?');
    }
  }

  #ehlo(): string {
    const offers = this.#tls
      ? this.#remote.extensions.filter((e) => e !== 'STARTTLS')
      : this.#remote.extensions;
    return ['remote.test', ...offers]
      .map((text, i) => `250${i === offers.length ? ' ' : '-'}${text}`)
      .join('\r\n');
  }

  /** True when the good answer was given, or another positive one. */
  #answer(stage: Stage, line: string, good: string): boolean {
    const scripted = this.#remote.script[stage];
    const step = (typeof scripted === 'function' ? scripted(line) : scripted) ?? good;
    switch (step) {
      case 'close':
        this.#silent = true;
        this.#socket.end();
        return false;
      case 'hang':
        this.#silent = true;
        return false;
      case 'garbage':
        this.#socket.write(nonsense);
        return false;
      case 'endless':
        this.#silent = true;
        this.#forever('250-and more\r\n');
        return false;
      case 'flood':
        this.#silent = true;
        this.#forever('\r\n');
        return false;
      default:
        this.#write(step);
        return step.startsWith('2') || step.startsWith('3');
    }
  }

  #forever(line: string): void {
    const block = line.repeat(1_000);
    const more = () => {
      while (this.#socket.writable && this.#socket.write(block));
    };
    this.#socket.on('drain', more);
    more();
  }

  #secure(): void {
    this.#socket.off('data', this.#onData);
    if (this.#remote.brokenTls) {
      this.#socket.once('data', () => this.#socket.end('this is no TLS\r\n'));
      return;
    }
    this.#socket = new TLSSocket(this.#socket, {
      isServer: true,
      secureContext: createSecureContext({ key: pem, cert: pem }),
    });
    this.#tls = true;
    this.#rest = '';
    this.#listen();
  }

  #forget(): void {
    this.#mail = '';
    this.#rcpt = [];
  }

  #write(reply: string): void {
    this.#socket.write(`${reply}\r\n`);
  }
}
