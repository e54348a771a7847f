/**
 * A POP3 mailbox elsewhere: logs in as safely as the server can, lists, fetches and deletes.
 *
 * CAPA (RFC 2449), STLS (RFC 2595), AUTH PLAIN and LOGIN (RFC 5034) or USER and PASS, UIDL, RETR, DELE (RFC 1939).
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { errorText } from '../errors.ts';
import type { Session } from '../sessions/session.ts';
import { CollectorFailure, type FailureCode } from './collector-failure.ts';
import { type BodySink, Pop3Client, Pop3Refusal } from './pop3-client.ts';
import { type LinkOptions, openSocket, type RemoteServer, requireSafeLogin, secure } from './remote-link.ts';
import type {
  Credentials,
  MailboxNeeds,
  MessageSink,
  RemoteFolder,
  RemoteMailbox,
  RemoteMessage,
  SinkFor,
} from './remote-mailbox.ts';

/** Messages asked for ahead of their answers: enough to keep the line full, too few to matter when it breaks. */
const PIPELINE_MESSAGES = 64;
const PIPELINE_BYTES = 4 * 1024 * 1024;
/** DELE has one short line for an answer. */
const DELETES_AT_ONCE = 500;
const MASK = '********';

const unwanted: BodySink = { write: () => undefined, end: () => undefined };

/** RFC 3206 and RFC 2449 8: what is not the fault of name or password. */
const busyReply = /^\[(?:IN-USE|LOGIN-DELAY|SYS\/TEMP)\b/i;

export class Pop3Mailbox implements RemoteMailbox {
  readonly session: Session;
  readonly #server: RemoteServer;
  readonly #address: string;
  readonly #client: Pop3Client;
  #tls: string | null = null;
  #capabilities: ReadonlyMap<string, string> = new Map();

  private constructor(server: RemoteServer, address: string, socket: Socket, needs: MailboxNeeds) {
    this.#server = server;
    this.#address = address;
    this.session = needs.sessions.open({
      type: 'pop3-client',
      remoteAddress: address,
      remotePort: server.port,
      localPort: socket.localPort ?? 0,
      state: 'greeting',
      detail: `Connecting to ${server.host}`,
      bytes: () => ({ bytesIn: this.#client.socket.bytesRead, bytesOut: this.#client.socket.bytesWritten }),
      kill: (reason) =>
        this.abort(new CollectorFailure('collector.killed', `session ended by an operator: ${reason}`)),
    });
    this.#client = new Pop3Client(socket, server.host, this.session, needs.clock);
  }

  /** Connected and logged in. Throws CollectorFailure; nothing is left open then. */
  static async connect(server: RemoteServer, login: Credentials, needs: MailboxNeeds): Promise<Pop3Mailbox> {
    const { socket, address } = await openSocket(server, await needs.addresses(server.host), needs);
    const first = server.tls === 'implicit' ? await secure(socket, server, address, needs) : socket;
    const mailbox = new Pop3Mailbox(server, address, first, needs);
    try {
      await mailbox.#begin(login, needs);
      return mailbox;
    } catch (error) {
      mailbox.abort(failureOf(error, 'collector.refused', server.host));
      throw failureOf(error, 'collector.refused', server.host);
    }
  }

  get tls(): string | null {
    return this.#tls;
  }

  async open(): Promise<RemoteFolder> {
    this.session.enter('transaction', 'Listing');
    const [sizes, uids] = await Promise.all([
      this.#asked(this.#client.lines('LIST')),
      this.#client.lines('UIDL').catch((error: unknown) => {
        // RFC 1939 7 leaves UIDL to the server; without it messages are told apart by what is in them.
        if (error instanceof Pop3Refusal) return [];
        throw error;
      }),
    ]);
    const uidOf = new Map(uids.flatMap(listedUid));
    const messages = sizes.flatMap(listedSize).map(([number, sizeBytes]) => ({
      number,
      sizeBytes,
      uid: uidOf.get(number) ?? null,
    }));
    return { name: '', validity: '', strictUids: false, messages };
  }

  async fetch(messages: readonly RemoteMessage[], sink: SinkFor): Promise<void> {
    const flight = new Set<Promise<void>>();
    let bytes = 0;
    let failure: unknown = null;
    for (const message of messages) {
      const size = message.sizeBytes ?? 0;
      const full = () =>
        flight.size > 0 && (flight.size >= PIPELINE_MESSAGES || bytes + size > PIPELINE_BYTES);
      while (full()) await Promise.race(flight);
      if (failure !== null) break;
      bytes += size;
      const answer = this.#retrieve(message, sink)
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => {
          bytes -= size;
          flight.delete(answer);
        });
      flight.add(answer);
    }
    await Promise.all(flight);
    if (failure !== null) throw failure;
  }

  async remove(messages: readonly RemoteMessage[]): Promise<void> {
    for (let i = 0; i < messages.length; i += DELETES_AT_ONCE) {
      const some = messages.slice(i, i + DELETES_AT_ONCE);
      await Promise.all(some.map(({ number }) => this.#asked(this.#client.command(`DELE ${number}`))));
    }
  }

  /** RFC 1939 6: only the answer to QUIT says that what was marked is deleted. */
  async close(): Promise<void> {
    this.session.enter('update', 'Saying goodbye');
    try {
      await this.#asked(this.#client.command('QUIT'));
    } finally {
      this.#client.fail(new CollectorFailure('collector.lost', 'closed'));
    }
  }

  abort(failure: Error): void {
    this.#client.fail(failure);
  }

  async #begin(login: Credentials, needs: LinkOptions): Promise<void> {
    await this.#client.greeting();
    await this.#askCapabilities();
    if (this.#server.tls === 'starttls') await this.#startTls(needs);
    if (this.#server.tls === 'implicit') this.#secured();
    await this.#login(login);
    // RFC 2449 5: some are told only to those who are logged in.
    await this.#askCapabilities();
    this.#client.pipelining = this.#capabilities.has('PIPELINING');
  }

  async #askCapabilities(): Promise<void> {
    try {
      const lines = await this.#client.lines('CAPA');
      this.#capabilities = new Map(
        lines.map((line) => {
          const [name = '', ...values] = line.split(' ');
          return [name.toUpperCase(), values.join(' ').toUpperCase()];
        }),
      );
    } catch (error) {
      if (!(error instanceof Pop3Refusal)) throw error;
      this.#capabilities = new Map();
    }
  }

  /** Asked for even when it is not offered: whoever stands between may have taken the offer out. */
  async #startTls(needs: LinkOptions): Promise<void> {
    const { host } = this.#server;
    this.session.enter('starttls', `TLS with ${host}`);
    try {
      await this.#client.command('STLS');
    } catch (error) {
      if (!(error instanceof Pop3Refusal)) throw error;
      throw new CollectorFailure(
        'collector.tls',
        `${host} offers no TLS (${error.message}): no password is sent to it`,
      );
    }
    this.#client.resume(await secure(this.#client.release(), this.#server, this.#address, needs));
    this.#secured();
    await this.#askCapabilities();
  }

  #secured(): void {
    this.#tls =
      this.#client.socket instanceof TLSSocket ? (this.#client.socket.getProtocol() ?? 'TLS') : null;
    if (this.#tls !== null) this.session.secured(this.#tls);
  }

  async #login({ user, password }: Credentials): Promise<void> {
    requireSafeLogin(this.#server, this.#address);
    this.session.enter('authorization', `Logging in at ${this.#server.host}`);
    try {
      await this.#authenticate(user, password);
    } catch (error) {
      if (!(error instanceof Pop3Refusal)) throw error;
      const code = busyReply.test(error.message) ? 'collector.busy' : 'collector.login';
      const said = error.message.slice(0, 300);
      throw new CollectorFailure(code, `${this.#server.host} did not let ${user} in: ${said}`);
    }
    this.session.login(user);
  }

  /** One way only: a second try with the same password would count as a second failure. */
  async #authenticate(user: string, password: string): Promise<void> {
    if (/[\r\n\0]/.test(user + password)) throw new Pop3Refusal('name or password has a line end in it');
    const mechanisms = this.#capabilities.get('SASL')?.split(' ') ?? [];
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    this.#client.hide([password, base64(password), base64(`\0${user}\0${password}`)]);
    if (mechanisms.includes('PLAIN')) {
      await this.#client.command(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`, `AUTH PLAIN ${MASK}`);
    } else if (mechanisms.includes('LOGIN') && !this.#capabilities.has('USER')) {
      await this.#client.command('AUTH LOGIN');
      await this.#client.command(base64(user), base64(user));
      await this.#client.command(base64(password), MASK);
    } else {
      await this.#client.command(`USER ${user}`);
      await this.#client.command(`PASS ${password}`, `PASS ${MASK}`);
    }
  }

  async #retrieve(message: RemoteMessage, sinkFor: SinkFor): Promise<void> {
    const sinks: MessageSink[] = [];
    const begin = () => {
      const sink = sinkFor(message);
      if (sink === null) return unwanted;
      sinks.push(sink);
      return sink;
    };
    try {
      await this.#client.stream(`RETR ${message.number}`, begin);
    } catch (error) {
      // One that is not given out is no reason to leave the others.
      const refused = error instanceof Pop3Refusal;
      if (refused) sinkFor(message)?.abort(`the server does not give it: ${error.message}`);
      for (const sink of sinks) sink.abort(errorText(error));
      if (!refused) throw error;
    }
  }

  async #asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw failureOf(error, 'collector.refused', this.#server.host);
    }
  }
}

function failureOf(error: unknown, code: FailureCode, host: string): CollectorFailure {
  if (error instanceof CollectorFailure) return error;
  return new CollectorFailure(code, `${host}: ${errorText(error)}`, error);
}

function listedSize(line: string): [number, number][] {
  const [, number, size] = /^(\d{1,9}) (\d{1,15})/.exec(line) ?? [];
  return number === undefined ? [] : [[Number(number), Number(size)]];
}

/** RFC 1939 7: 1 to 70 printable characters; servers give longer ones, too. */
function listedUid(line: string): [number, string][] {
  const [, number, uid] = /^(\d{1,9}) +(\S{1,512})\s*$/.exec(line) ?? [];
  return number === undefined || uid === undefined ? [] : [[Number(number), uid]];
}
