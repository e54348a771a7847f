/**
 * An IMAP4 mailbox elsewhere, by imapflow: folders, UIDs, messages in bounded pieces, deletion of what we name and
 * nothing else. RFC 3501, RFC 4315.
 *
 * The library is loaded when a first IMAP4 collector connects: most servers have none.
 */
import type { ImapFlow } from 'imapflow';
import { errorCode, errorText } from '../errors.ts';
import type { Session } from '../sessions/session.ts';
import { CollectorFailure, type FailureCode } from './collector-failure.ts';
import { type RemoteServer, requireSafeLogin, stopped, tlsOptions } from './remote-link.ts';
import type {
  Credentials,
  MailboxNeeds,
  MessageSink,
  RemoteFolder,
  RemoteMailbox,
  RemoteMessage,
  SinkFor,
} from './remote-mailbox.ts';

/** Larger messages come in slices, so that none is in memory whole. */
const WHOLE_BYTES = 512 * 1024;
const SLICE_BYTES = 256 * 1024;
/** Messages of one FETCH; the library holds them one at a time. */
const FETCH_MESSAGES = 100;
const DELETE_MESSAGES = 500;
/** A literal is a slice or a whole small message; a line, a list of UIDs of a million messages. */
const MAX_LITERAL_BYTES = 4 * WHOLE_BYTES;
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 30_000;
const SILENCE_MS = 90_000;

/** RFC 5530 3: what is not the fault of name or password. */
const busyCodes = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'CONTACTADMIN', 'SERVERBUG']);

export class ImapMailbox implements RemoteMailbox {
  readonly session: Session;
  readonly #client: ImapFlow;
  readonly #host: string;
  /** Never to be shown, should the server repeat it. */
  readonly #password: string;
  #failure: Error | null = null;

  private constructor(
    client: ImapFlow,
    server: RemoteServer,
    address: string,
    password: string,
    needs: MailboxNeeds,
  ) {
    this.#client = client;
    this.#host = server.host;
    this.#password = password;
    this.session = needs.sessions.open({
      type: 'imap-client',
      remoteAddress: address,
      remotePort: server.port,
      localPort: 0,
      state: 'greeting',
      detail: `Connecting to ${server.host}`,
      bytes: () => {
        const { received, sent } = client.stats();
        return { bytesIn: received, bytesOut: sent };
      },
      kill: (reason) =>
        this.abort(new CollectorFailure('collector.killed', `session ended by an operator: ${reason}`)),
    });
    // Without a listener an error would end the process; what waits for an answer is told of it as well.
    client.on('error', (error: Error) => {
      this.#failure ??= this.#failureOf(error, 'collector.lost');
    });
    client.on('close', () => this.session.end());
  }

  /** Connected and logged in. Throws CollectorFailure; nothing is left open then. */
  static async connect(server: RemoteServer, login: Credentials, needs: MailboxNeeds): Promise<ImapMailbox> {
    let failure = new CollectorFailure('collector.unreachable', `no address for ${server.host}`);
    for (const address of await needs.addresses(server.host)) {
      try {
        return await ImapMailbox.#connectTo(server, address, login, needs);
      } catch (error) {
        if (!(error instanceof CollectorFailure) || error.code !== 'collector.unreachable') throw error;
        failure = error;
      }
    }
    throw failure;
  }

  static async #connectTo(
    server: RemoteServer,
    address: string,
    { user, password }: Credentials,
    needs: MailboxNeeds,
  ): Promise<ImapMailbox> {
    requireSafeLogin(server, address);
    const { ImapFlow } = await import('imapflow');
    const { servername, ...tls } = tlsOptions(server, address);
    const client = new ImapFlow({
      host: address,
      port: server.port,
      secure: server.tls === 'implicit',
      ...(server.tls === 'implicit' ? {} : { doSTARTTLS: server.tls === 'starttls' }),
      ...(servername === undefined ? {} : { servername }),
      tls,
      auth: { user, pass: password },
      logger: false,
      disableAutoIdle: true,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      greetingTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_MS,
      maxLineLength: MAX_LINE_BYTES,
      maxLiteralSize: MAX_LITERAL_BYTES,
      maxResponseSize: MAX_LINE_BYTES + MAX_LITERAL_BYTES,
    });
    const mailbox = new ImapMailbox(client, server, address, password, needs);
    const stop = () => mailbox.abort(stopped(needs.signal));
    needs.signal.addEventListener('abort', stop);
    try {
      await mailbox.#login(user);
      return mailbox;
    } catch (error) {
      mailbox.abort(mailbox.#failureOf(error, 'collector.unreachable'));
      throw mailbox.#failureOf(error, 'collector.unreachable');
    } finally {
      needs.signal.removeEventListener('abort', stop);
    }
  }

  get tls(): string | null {
    const { secureConnection, socket } = this.#client as ImapFlow & { readonly socket?: unknown };
    if (!secureConnection) return null;
    const protocol = (socket as { getProtocol?: () => string | null } | undefined)?.getProtocol?.();
    return protocol ?? 'TLS';
  }

  async open(folder: string): Promise<RemoteFolder> {
    this.#note('selected', `Listing ${folder}`, `SELECT ${folder}`);
    return this.#asked(async () => {
      const { uidValidity } = await this.#client.mailboxOpen(folder);
      const uids = await this.#client.search({ all: true }, { uid: true });
      if (!Array.isArray(uids)) throw new Error(`${folder} cannot be listed`);
      const messages = uids.map((uid) => ({ number: uid, uid: String(uid), sizeBytes: null }));
      return { name: folder, validity: String(uidValidity), strictUids: true, messages };
    });
  }

  async fetch(messages: readonly RemoteMessage[], sink: SinkFor): Promise<void> {
    for (let i = 0; i < messages.length; i += FETCH_MESSAGES) {
      const some = await this.#withSizes(messages.slice(i, i + FETCH_MESSAGES));
      const isSmall = ({ sizeBytes }: RemoteMessage) => (sizeBytes ?? 0) <= WHOLE_BYTES;
      await this.#fetchWhole(some.filter(isSmall), sink);
      for (const message of some) if (!isSmall(message)) await this.#fetchInSlices(message, sink(message));
    }
  }

  async remove(messages: readonly RemoteMessage[]): Promise<void> {
    for (let i = 0; i < messages.length; i += DELETE_MESSAGES) {
      const uids = messages.slice(i, i + DELETE_MESSAGES).map(({ number }) => number);
      this.#note('selected', 'Deleting', `UID STORE +FLAGS (\\Deleted) for ${uids.length} messages`);
      await this.#asked(() => this.#expunge(uids));
    }
  }

  async close(): Promise<void> {
    this.#note('logout', 'Saying goodbye', 'LOGOUT');
    await this.#asked(() => this.#client.logout());
    this.#client.close();
  }

  abort(failure: Error): void {
    this.#failure ??= failure;
    this.#client.close();
    this.session.end();
  }

  async #login(user: string): Promise<void> {
    this.session.enter('auth', `Logging in at ${this.#host}`);
    await this.#client.connect();
    // Only the greeting of a server that does not know us yet is kept. One that says PREAUTH gives us we do not know
    // whose mail (RFC 3501 7.1.4).
    if (this.#client.greeting === undefined) {
      throw new CollectorFailure(
        'collector.login',
        `${this.#host} let us in without asking who we are (PREAUTH)`,
      );
    }
    if (this.tls !== null) this.session.secured(this.tls);
    this.session.login(user);
  }

  async #withSizes(messages: readonly RemoteMessage[]): Promise<readonly RemoteMessage[]> {
    const range = messages.map(({ number }) => number);
    const sizes = new Map<number, number>();
    await this.#asked(async () => {
      for await (const { uid, size } of this.#client.fetch(range, { uid: true, size: true }, { uid: true })) {
        if (size !== undefined) sizes.set(uid, size);
      }
    });
    return messages.map((message) => ({ ...message, sizeBytes: sizes.get(message.number) ?? null }));
  }

  async #fetchWhole(messages: readonly RemoteMessage[], sinkFor: SinkFor): Promise<void> {
    if (messages.length === 0) return;
    this.#note(
      'selected',
      `Fetching ${messages.length} messages`,
      `UID FETCH of ${messages.length} messages`,
    );
    const wanted = new Map(messages.map((message) => [message.number, message]));
    await this.#asked(async () => {
      const range = [...wanted.keys()];
      for await (const { uid, source } of this.#client.fetch(
        range,
        { uid: true, source: true },
        { uid: true },
      )) {
        const message = wanted.get(uid);
        // Servers speak of other messages, too, when something happens to them.
        if (message === undefined || source === undefined) continue;
        wanted.delete(uid);
        const sink = sinkFor(message);
        await sink?.write(source);
        await sink?.end();
      }
    });
    for (const message of wanted.values()) sinkFor(message)?.abort('the server does not give it');
  }

  async #fetchInSlices(message: RemoteMessage, sink: MessageSink | null): Promise<void> {
    if (sink === null) return;
    const range = [message.number];
    try {
      await this.#asked(async () => {
        for (let start = 0; ; ) {
          const query = { uid: true, source: { start, maxLength: SLICE_BYTES } };
          const [slice] = await this.#client.fetchAll(range, query, { uid: true });
          if (slice?.source === undefined) throw new Error(`message ${message.number} is gone`);
          if (slice.source.length > 0) await sink.write(slice.source);
          start += slice.source.length;
          if (slice.source.length < SLICE_BYTES) return;
        }
      });
    } catch (error) {
      sink.abort(errorText(error));
      throw error;
    }
    await sink.end();
  }

  /** Without UIDPLUS (RFC 4315) EXPUNGE takes all that is marked: then only if all of it is ours. */
  async #expunge(uids: readonly number[]): Promise<void> {
    const client = this.#client;
    const options = { uid: true };
    if (!client.capabilities.has('UIDPLUS')) {
      const marked = await client.search({ deleted: true }, options);
      const foreign = !Array.isArray(marked) || marked.some((uid) => !uids.includes(uid));
      if (foreign) {
        if (!(await client.messageFlagsAdd([...uids], ['\\Deleted'], options)))
          throw new Error('not deleted');
        return;
      }
    }
    if (!(await client.messageDelete([...uids], options)))
      throw new Error('the messages could not be deleted');
  }

  #note(state: string, detail: string, line: string): void {
    this.session.enter(state, detail);
    this.session.sent(line);
  }

  async #asked<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#failure ?? this.#failureOf(error, 'collector.refused');
    }
  }

  #failureOf(error: unknown, code: FailureCode): CollectorFailure {
    if (this.#failure instanceof CollectorFailure) return this.#failure;
    if (error instanceof CollectorFailure) return error;
    const facts = (error instanceof Error ? error : {}) as ImapErrorFacts;
    return new CollectorFailure(
      codeOf(facts, code),
      `${this.#host}: ${facts.responseText ?? errorText(error)}`
        .replaceAll(this.#password, '********')
        .slice(0, 300),
    );
  }
}

interface ImapErrorFacts {
  readonly authenticationFailed?: boolean;
  readonly tlsFailed?: boolean;
  readonly responseText?: string;
  readonly serverResponseCode?: string;
}

function codeOf(error: ImapErrorFacts, otherwise: FailureCode): FailureCode {
  if (error.tlsFailed) return 'collector.tls';
  if (error.authenticationFailed) {
    return busyCodes.has(error.serverResponseCode ?? '') ? 'collector.busy' : 'collector.login';
  }
  const code = errorCode(error) ?? '';
  if (/TOO_?LARGE|Parser|Invalid|NESTING/i.test(code)) return 'collector.protocol';
  if (/TIMEOUT/i.test(code)) return 'collector.timeout';
  if (/^(EConnectionClosed|NoConnection|ECONNRESET|EPIPE)$/.test(code)) return 'collector.lost';
  if (/CERT|SSL|TLS/.test(code)) return 'collector.tls';
  return otherwise;
}
