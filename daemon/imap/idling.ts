/** IDLE (RFC 2177): tells a client at once what changes in its mailbox, for as long as it takes what it is told. */
import type { Unsubscribe } from '../events.ts';
import type { ImapClient } from './imap-client.ts';

export class Idling {
  readonly tag: string;
  readonly #client: ImapClient;
  readonly #gone: () => void;
  readonly #forget: Unsubscribe | null;
  #soon = false;
  #over = false;
  /** Much is being told, or the client is behind. */
  #telling: Promise<void> | null = null;

  /** `gone`: the mailbox is not there any more. */
  constructor(tag: string, client: ImapClient, gone: () => void) {
    this.tag = tag;
    this.#client = client;
    this.#gone = gone;
    this.#forget = client.selected?.view.news.on(() => this.#tellSoon()) ?? null;
    this.#tell();
  }

  /** A promise when it is in the middle of telling something: what comes next has to wait. It does not reject. */
  end(): Promise<void> | undefined {
    this.#over = true;
    this.#forget?.();
    return this.#telling ?? undefined;
  }

  /** One transaction tells its news in several pieces: they are one packet. */
  #tellSoon(): void {
    if (this.#soon || this.#over || this.#telling !== null) return;
    this.#soon = true;
    setImmediate(() => {
      this.#soon = false;
      this.#tell();
    });
  }

  #tell(): void {
    if (this.#over) return;
    const told = this.#client.update(true);
    if (this.#client.selected?.view.gone === true) {
      told?.catch(() => {});
      this.#gone();
      return;
    }
    const behind = told ?? this.#client.keepsUp();
    if (behind === undefined) return;
    // What comes meanwhile waits in the view, where it costs no more for being much.
    this.#telling = behind.then(
      () => {
        this.#telling = null;
        this.#tell();
      },
      () => {
        this.#telling = null;
      },
    );
  }
}
