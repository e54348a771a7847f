/**
 * Somebody else's IMAP4 server on 127.0.0.1, good or bad, with the few commands that collecting uses. What Dovecot does
 * not do wrong is tried with this one.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface ImapMessage {
  readonly uid: number;
  readonly body: string;
  deleted: boolean;
}

export class RemoteImap {
  messages: ImapMessage[];
  validity = 1;
  capabilities = 'IMAP4rev1 UIDPLUS';
  greeting = '* OK ready';
  /** Answers in place of the good ones, by command; `close` and `endless` are behaviour. */
  script: Record<string, string | undefined> = {};
  /** Closes the connection after so many bytes of one connection. */
  dropAfter = Number.POSITIVE_INFINITY;
  readonly commands: string[] = [];
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, bodies: readonly string[]) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.messages = bodies.map((body, i) => ({ uid: i + 1, body, deleted: false }));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      new Dialogue(this, socket).start();
    });
  }

  static async start(bodies: readonly string[] = []): Promise<RemoteImap> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new RemoteImap(server, bodies);
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

class Dialogue {
  readonly #remote: RemoteImap;
  readonly #socket: Socket;
  #rest = '';
  #sent = 0;
  #silent = false;

  constructor(remote: RemoteImap, socket: Socket) {
    this.#remote = remote;
    this.#socket = socket;
  }

  start(): void {
    this.#socket.on('error', () => {});
    this.#socket.on('data', (data) => this.#read(data));
    this.#write(`${this.#remote.greeting}\r\n`);
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
    const [tag = '', ...words] = line.split(' ');
    const name = (words[0] === 'UID' ? `UID ${words[1]}` : (words[0] ?? '')).toUpperCase();
    const scripted = this.#remote.script[name];
    if (scripted === 'close') {
      this.#silent = true;
      this.#socket.end();
    } else if (scripted === 'endless') {
      this.#silent = true;
      this.#forever(`* ${'x'.repeat(60_000)}`);
    } else if (scripted !== undefined) this.#write(scripted.replaceAll('TAG', tag));
    else this.#write(`${this.#untagged(name, line)}${tag} OK done\r\n`);
    if (name === 'LOGOUT') this.#socket.end();
  }

  /** The good answer, and what it brings about. */
  #untagged(name: string, line: string): string {
    const remote = this.#remote;
    const uids = uidsOf(line);
    switch (name) {
      case 'CAPABILITY':
        return `* CAPABILITY ${remote.capabilities}\r\n`;
      case 'SELECT':
        return (
          `* FLAGS (\\Deleted \\Seen)\r\n* ${remote.messages.length} EXISTS\r\n` +
          `* OK [UIDVALIDITY ${remote.validity}] valid\r\n* OK [UIDNEXT 1000] next\r\n`
        );
      case 'UID SEARCH': {
        const found = remote.messages.filter(({ deleted }) => !/ DELETED/.test(line) || deleted);
        return `* SEARCH ${found.map(({ uid }) => uid).join(' ')}\r\n`;
      }
      case 'UID FETCH':
        return remote.messages
          .map((message, i) => (uids.has(message.uid) ? this.#fetched(i + 1, message, line) : ''))
          .join('');
      case 'UID STORE':
        for (const message of remote.messages) message.deleted ||= uids.has(message.uid);
        return '';
      case 'EXPUNGE':
      case 'UID EXPUNGE': {
        const goes = ({ uid, deleted }: ImapMessage) => deleted && (name === 'EXPUNGE' || uids.has(uid));
        remote.messages = remote.messages.filter((message) => !goes(message));
        return '';
      }
      default:
        return '';
    }
  }

  #fetched(number: number, { uid, body }: ImapMessage, line: string): string {
    const wantsBody = /BODY\.PEEK/.test(line);
    const content = wantsBody ? ` BODY[] {${Buffer.byteLength(body)}}\r\n${body}` : '';
    return `* ${number} FETCH (UID ${uid} RFC822.SIZE ${Buffer.byteLength(body)}${content})\r\n`;
  }

  #forever(text: string): void {
    const more = () => {
      while (this.#socket.writable && this.#socket.write(text));
    };
    this.#socket.on('drain', more);
    more();
  }

  #write(text: string): void {
    const data = Buffer.from(text, 'latin1');
    const left = Math.max(0, this.#remote.dropAfter - this.#sent);
    this.#sent += data.length;
    this.#socket.write(data.subarray(0, left));
    if (data.length < left) return;
    this.#silent = true;
    this.#socket.end();
  }
}

/** Of `1:3,7`. */
function uidsOf(line: string): ReadonlySet<number> {
  const [, ranges = ''] = /^\S+ UID \S+ ([\d:,]+)/.exec(line) ?? [];
  const uids = new Set<number>();
  for (const range of ranges.split(',').filter(Boolean)) {
    const [first = 0, last = first] = range.split(':').map(Number);
    for (let uid = first; uid <= last; uid++) uids.add(uid);
  }
  return uids;
}
