/**
 * smtp-server with our own parts in it: each socket is known from the moment it is accepted, and the dialogue is ours.
 * What stays the library's: listening, TLS from the start and by STARTTLS, SNI, the mechanisms of AUTH.
 */
import type { Socket } from 'node:net';
import { type SecureContextOptions, TLSSocket } from 'node:tls';
import { SMTPServer } from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import { AcceptedSocket } from './accepted-socket.ts';
import { isReply, replies } from './replies.ts';
import type { SmtpContext } from './smtp-context.ts';
import { SmtpDialogue } from './smtp-dialogue.ts';

/** Idle clients are our own matter; this only bounds what the library holds before the dialogue. */
const LIBRARY_TIMEOUT_MS = 10 * 60_000;

type Upgraded = Parameters<SMTPServer['_upgrade']>[1];
type AuthCallback = Parameters<SMTPServer['onAuth']>[2];

export class SmtpServer extends SMTPServer {
  readonly #context: SmtpContext;
  readonly #accepted = new Map<Socket, AcceptedSocket>();
  readonly #dialogues = new Map<string, SmtpDialogue>();

  constructor(context: SmtpContext, tls: SecureContextOptions | null) {
    super({
      ...tls,
      secure: context.tls === 'implicit',
      name: context.config().hostname,
      authOptional: true,
      // Who may log in without TLS is decided by the dialogue, which knows where the client is.
      allowInsecureAuth: true,
      authMethods: ['PLAIN', 'LOGIN'],
      hideENHANCEDSTATUSCODES: false,
      hideDSN: false,
      disableReverseLookup: true,
      socketTimeout: LIBRARY_TIMEOUT_MS,
      logger: false,
    });
    this.#context = context;
  }

  get accepted(): Iterable<AcceptedSocket> {
    return this.#accepted.values();
  }

  override _acceptSocket(socket: Socket, handshake: boolean): (() => void) | false {
    // A client that was gone before we got to it has no address, and nothing to be shown of it.
    if (socket.remoteAddress === undefined) {
      socket.destroy();
      return false;
    }
    const accepted = new AcceptedSocket(socket, this.#context, () => this.#accepted.delete(socket));
    this.#accepted.set(socket, accepted);
    // Nothing can be said before the handshake, and a flood of handshakes is what the limit is to spare us.
    if (handshake && accepted.refusal?.code === 421) {
      socket.on('error', () => {});
      socket.destroy();
      return false;
    }
    return super._acceptSocket(socket, handshake);
  }

  /** No PROXY protocol here; and the id that ties the library's session to the dialogue is the session's own. */
  override _handleProxy(socket: Socket, callback: (error: null, options: { id: string }) => void): void {
    callback(null, { id: String(this.#accepted.get(socket)?.session.id ?? '') });
  }

  override _upgrade(socket: Socket, callback: Upgraded): void {
    super._upgrade(socket, (error, tlsSocket) => {
      const accepted = this.#accepted.get(socket);
      if (tlsSocket !== undefined && accepted !== undefined) this.#accepted.set(tlsSocket, accepted);
      callback(error, tlsSocket);
    });
    const top = this._pendingSockets.get(socket);
    const accepted = this.#accepted.get(socket);
    if (accepted !== undefined && top !== undefined) accepted.top = top;
  }

  override connect(socket: Socket | TLSSocket, options?: SMTPConnectionOptions | null): void {
    const accepted = this.#accepted.get(socket);
    if (accepted === undefined) {
      socket.destroy();
      return;
    }
    // From here on the raw socket alone names it.
    if (socket !== accepted.socket) this.#accepted.delete(socket);
    const { hostname } = this.#context.config();
    this.options.name = hostname;
    const dialogue = new SmtpDialogue(this, socket, options ?? {}, accepted, this.#context);
    accepted.dialogue = dialogue;
    this.connections.add(dialogue);
    this.#dialogues.set(dialogue.id, dialogue);
    accepted.socket.once('close', () => this.#dialogues.delete(dialogue.id));
    dialogue.on('error', (error: Error) => this._onError(error));
    dialogue.init();
  }

  override onConnect(_session: unknown, callback: () => void): void {
    callback();
  }

  override onSecure(socket: Socket | TLSSocket, session: { id: string }, callback: () => void): void {
    if (socket instanceof TLSSocket) this.#dialogues.get(session.id)?.secured(socket);
    callback();
  }

  override onAuth(
    auth: { username?: string | undefined; password?: string | null | undefined },
    session: { id: string },
    callback: AuthCallback,
  ): void {
    const dialogue = this.#dialogues.get(session.id);
    const login = dialogue?.authenticate(auth.username ?? '', auth.password ?? '') ?? replies.localError;
    void Promise.resolve(login).then((result) => {
      if (!isReply(result)) callback(null, { user: result });
      else
        callback(
          Object.assign(new Error(`${result.enhancedCode} ${result.text}`), { responseCode: result.code }),
        );
    });
  }
}
