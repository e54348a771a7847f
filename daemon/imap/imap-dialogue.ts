/**
 * The IMAP dialogue with one client: what it sends is taken piece by piece, one command at a time and in order (RFC 3501
 * 5.5), and held back while there is one in hand; how long a client may take; and every way in which the dialogue ends.
 * What it says and what that comes to is in `conversation.ts`.
 *
 * An idle client costs these few objects and no more: what a command needs it gets when it comes.
 */
import { errorText } from '../errors.ts';
import type { ClientSocket } from '../listeners/client-socket.ts';
import type { ClientDialogue } from '../listeners/dialogue.ts';
import type { Refusal } from '../listeners/refusal.ts';
import { capabilitiesOf } from './commands.ts';
import { Conversation } from './conversation.ts';
import { ClientGoneError, ImapClient } from './imap-client.ts';
import type { ImapContext } from './imap-context.ts';
import { ImapPace } from './imap-pace.ts';

/** An operator who ends a session does not wait longer for a change that is being written. */
const KILL_GRACE_MS = 2_000;

const refusals: Readonly<Record<Refusal, string>> = {
  blocked: '[UNAVAILABLE] Refused for now',
  server_full: '[UNAVAILABLE] Too many sessions, try again later',
  address_full: '[UNAVAILABLE] Too many sessions from this address',
};

export class ImapDialogue implements ClientDialogue {
  readonly #socket: ClientSocket;
  readonly #context: ImapContext;
  readonly #client: ImapClient;
  readonly #pace: ImapPace;
  readonly #conversation: Conversation;
  /** What came while a command was in hand. The socket is paused after the first piece. */
  #held: Buffer[] = [];
  /** Something is being waited for: nothing more is taken before it is there. */
  #busy = false;
  #inputEnded = false;
  #killed = false;

  constructor(socket: ClientSocket, context: ImapContext) {
    this.#socket = socket;
    this.#context = context;
    this.#client = new ImapClient(socket, context);
    this.#pace = new ImapPace(this.#now);
    this.#conversation = new Conversation(this.#client, () => {
      this.#held = [];
    });
    const { refusal } = socket;
    if (refusal !== null) this.#client.bye(refusals[refusal]);
    else {
      const { hostname } = context.config();
      this.#client.untagged(`OK [CAPABILITY ${capabilitiesOf(this.#client)}] ${hostname} ready`);
    }
  }

  received(chunk: Buffer): void {
    this.#pace.heard(this.#now);
    if (this.#busy) {
      this.#held.push(chunk);
      this.#socket.pause();
      return;
    }
    this.#conversation.push(chunk);
    this.#pump();
  }

  finished(): void {
    this.#inputEnded = true;
    if (!this.#busy) this.#pump();
  }

  #pump(): void {
    while (!this.#busy && this.#socket.open) {
      const event = this.#conversation.next();
      if (event === null) {
        const chunk = this.#held.shift();
        if (chunk === undefined) {
          this.#rest();
          return;
        }
        this.#conversation.push(chunk);
        continue;
      }
      if (event.kind === 'command' || event.kind === 'rejected') this.#pace.commandOver();
      const work = this.#conversation.take(event);
      if (work === undefined) this.#leaveIfAsked();
      else this.#waitFor(work);
    }
  }

  /** Nothing is left to be done before the client says more. */
  #rest(): void {
    if (this.#inputEnded) this.#socket.end();
    else {
      this.#pace.rests(this.#now, this.#conversation.partial);
      this.#socket.resume();
    }
  }

  #waitFor(work: Promise<void>): void {
    this.#busy = true;
    void work
      .catch((error: unknown) => this.#broken(error))
      .then(() => {
        this.#busy = false;
        this.#leaveIfAsked();
        this.#pump();
      });
  }

  // The end

  kill(reason: string): void {
    this.#killed = true;
    this.#client.farewell = `Session ended: ${reason.replace(/[^\x20-\x7e]/g, '?')}`;
    if (!this.#busy) this.#leaveIfAsked();
    else {
      this.#conversation.cutShort();
      this.#context.clock.after(KILL_GRACE_MS, () => this.#leaveIfAsked());
    }
  }

  shutDown(): void {
    this.#client.farewell ??= 'Server is shutting down';
    if (!this.#busy) this.#leaveIfAsked();
  }

  /** A message that is coming is a command in hand, too. */
  #leaveIfAsked(): void {
    const { farewell } = this.#client;
    if (farewell !== null && (this.#killed || !this.#conversation.receiving)) this.#client.bye(farewell);
  }

  sweep(now: number): void {
    // While the client waits for us, it is not the one who is slow.
    if (this.#busy) return;
    const { receivedBytes } = this.#conversation;
    const loggedIn = this.#client.account !== null;
    const complaint = this.#pace.judge(now, this.#context.config().imap, loggedIn, receivedBytes);
    if (complaint !== null) this.#client.bye(complaint);
  }

  closed(): void {
    this.#held = [];
    this.#conversation.close();
  }

  /** A bug, or a client that went away in the middle of an answer. */
  #broken(error: unknown): void {
    if (error instanceof ClientGoneError || !this.#socket.open) return;
    this.#context.log.error('session failed', { ...this.#socket.logFields, error: errorText(error) });
    this.#client.bye('[SERVERBUG] Internal error');
  }

  get #now(): number {
    return this.#context.clock.monotonic();
  }
}
