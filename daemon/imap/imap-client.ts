/**
 * One client as the commands see it: who it is, what it has selected and enabled, and how to answer it. What it says and
 * when it is answered is the dialogue's matter.
 */
import type { ClientSocket } from '../listeners/client-socket.ts';
import type { ImapContext } from './imap-context.ts';
import type { ResponseSink } from './response-sink.ts';
import type { SelectedMailbox } from './selected-mailbox.ts';

export interface ImapAccount {
  readonly accountId: number;
  readonly user: string;
}

/** Of a response in the records of the session; the rest of it is counted. */
const MAX_SHOWN_BYTES = 200;

export class ImapClient implements ResponseSink {
  readonly socket: ClientSocket;
  readonly context: ImapContext;
  account: ImapAccount | null = null;
  selected: SelectedMailbox | null = null;
  /** RFC 7162: from the first command that shows an interest in it. */
  condstore = false;
  qresync = false;
  /** RFC 6855. */
  utf8 = false;
  /** What BYE is to say when the command in hand is done; null: the dialogue goes on. */
  farewell: string | null = null;
  /** It has to take what was written before more is. */
  #behind = false;

  constructor(socket: ClientSocket, context: ImapContext) {
    this.socket = socket;
    this.context = context;
  }

  /** A response without its line end; in a literal in it there may be some. */
  send(response: string): void {
    this.socket.said(
      response.length > MAX_SHOWN_BYTES ? `${response.slice(0, MAX_SHOWN_BYTES)}...` : response,
    );
    if (!this.socket.write(`${response}\r\n`)) this.#behind = true;
  }

  untagged(response: string): void {
    this.send(`* ${response}`);
  }

  bye(text: string): void {
    if (!this.socket.open) return;
    this.untagged(`BYE ${text}`);
    this.socket.end();
  }

  /** Whole responses, or pieces of them. */
  write(chunk: Buffer): Promise<void> | undefined {
    this.#note(chunk);
    if (this.socket.write(chunk) && this.socket.open) return undefined;
    return this.#taken();
  }

  /** To be waited for wherever much is sent; undefined when the client keeps up. */
  keepsUp(): Promise<void> | undefined {
    if (!this.#behind) return undefined;
    this.#behind = false;
    return this.#taken();
  }

  /** Tells what others have changed in the selected mailbox, see {@link SelectedMailbox.tell}. */
  update(expunges: boolean): Promise<void> | undefined {
    return this.selected?.tell(this, expunges);
  }

  unselect(): void {
    this.selected?.close();
    this.selected = null;
  }

  enableCondstore(): void {
    if (this.condstore) return;
    this.condstore = true;
    // RFC 7162 3.1.2.1: whoever begins in the middle has to know from where.
    const { selected } = this;
    if (selected !== null) this.untagged(`OK [HIGHESTMODSEQ ${selected.view.highestModseq}] From now on`);
  }

  async #taken(): Promise<void> {
    await this.socket.drained();
    if (!this.socket.open) throw new ClientGoneError();
  }

  #note(chunk: Buffer): void {
    const end = chunk.indexOf(0x0d);
    const shown = chunk.toString('latin1', 0, Math.min(end === -1 ? chunk.length : end, MAX_SHOWN_BYTES));
    this.socket.said(shown.length + 2 >= chunk.length ? shown : `${shown}... (${chunk.length} bytes)`);
  }
}

/** There is nobody to answer. */
export class ClientGoneError extends Error {
  constructor() {
    super('the client has gone');
    this.name = new.target.name;
  }
}
