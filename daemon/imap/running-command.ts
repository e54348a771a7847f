/** The command that is being obeyed: what people see of it, and how it is cut short. */
import type { ImapCommand } from './parse/imap-command.ts';

/** Of a command in the list of sessions. */
const MAX_SHOWN = 80;

export class RunningCommand {
  readonly tag: string;
  readonly command: ImapCommand;
  /** As it came, secrets masked, with its tag. */
  readonly #text: string;
  #abort: AbortController | null = null;
  #cut = false;

  constructor(tag: string, command: ImapCommand, text: string) {
    this.tag = tag;
    this.command = command;
    this.#text = text;
  }

  get isCutShort(): boolean {
    return this.#cut;
  }

  /** Whether it acts on the mailbox that is selected. */
  get inMailbox(): boolean {
    return ['FETCH', 'STORE', 'COPY', 'MOVE', 'SEARCH', 'EXPUNGE', 'CLOSE', 'CHECK'].includes(
      this.command.name,
    );
  }

  /** Made when it is asked for: most commands are done before anybody could cut them short. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#cut) this.#abort.abort();
    return this.#abort.signal;
  }

  /** The client is not to be answered any more. A change that has begun goes to its end. */
  cutShort(): void {
    this.#cut = true;
    this.#abort?.abort();
  }

  /** `FETCH 1:500`, `UID STORE 7`, `SELECT Lists`; of SEARCH and logins not more than their names. */
  get shown(): string {
    const words = this.#text.slice(this.tag.length + 1).split(' ');
    return words.slice(0, wordsOf(this.command)).join(' ').slice(0, MAX_SHOWN);
  }
}

function wordsOf(command: ImapCommand): number {
  switch (command.name) {
    case 'FETCH':
    case 'STORE':
    case 'COPY':
    case 'MOVE':
      return command.uid ? 3 : 2;
    case 'SEARCH':
      return command.uid ? 2 : 1;
    case 'EXPUNGE':
      return command.set === null ? 1 : 3;
    case 'LOGIN':
      return 1;
    default:
      return 2;
  }
}
