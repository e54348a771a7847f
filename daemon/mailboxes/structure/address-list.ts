/**
 * Lists of addresses (RFC 5322 3.4, obsolete forms of 4.4) as ENVELOPE shows them (RFC 3501 7.4.2).
 *
 * What the RFC leaves open is as in Dovecot, which mail programs know best: a missing mailbox or host is named as missing
 * (NIL would make a group of it), a comment behind a bare address is its name, and after a fault the rest is left out.
 */
import { HeaderWords } from './header-words.ts';
import type { AddressItem } from './message-structure.ts';

const missingMailbox = 'MISSING_MAILBOX';
const missingHost = 'MISSING_DOMAIN';
const invalidHost = 'SYNTAX_ERROR';
const invalidRoute = 'INVALID_ROUTE';

/** @param text One character per byte, unfolded. */
export function parseAddressList(text: string, maxAddresses: number): AddressItem[] {
  const list = new AddressList(text, maxAddresses);
  list.parse();
  return list.items;
}

class AddressList {
  readonly items: AddressItem[] = [];
  readonly #words: HeaderWords;
  readonly #max: number;

  constructor(text: string, max: number) {
    this.#words = new HeaderWords(text);
    this.#max = max;
  }

  parse(): void {
    const words = this.#words;
    words.skipSpace();
    while (!words.atEnd && this.items.length < this.#max) {
      if (!this.#group()) this.#mailbox();
      if (!words.comes(',')) return;
      words.position += 1;
      // A comment without end.
      if (!words.skipSpace()) this.#add(null, null, '', '');
    }
  }

  /** A group is its name, its members, its end. False: here stands none, and the position is as before. */
  #group(): boolean {
    const words = this.#words;
    const from = words.position;
    // RFC 5322 3.2.5: a display name begins with a word.
    const name = words.comes('.') ? null : words.phrase();
    if (name === null || !words.comes(':')) {
      words.position = from;
      return false;
    }
    words.take(':');
    this.items.push({ name: null, route: null, mailbox: name, host: null });
    while (!words.atEnd && !words.comes(';') && this.items.length < this.#max) {
      this.#mailbox();
      if (!words.take(',')) break;
    }
    words.take(';');
    this.items.push({ name: null, route: null, mailbox: null, host: null });
    return true;
  }

  #mailbox(): void {
    const words = this.#words;
    const from = words.position;
    const dotted = words.comes('.');
    const name = words.phrase();
    if (name !== null && !dotted && words.comes('<')) this.#inAngles(name === '' ? null : name);
    else this.#bare(from, name);
  }

  #inAngles(name: string | null): void {
    const words = this.#words;
    words.take('<');
    const route = words.comes('@') ? this.#route() : null;
    const local = this.#localPart();
    const host = words.comes('@') ? this.#host() : '';
    const ended = host !== null && words.comes('>');
    // Where a comma stands instead, the next address begins behind it.
    if (ended) words.position += 1;
    this.#add(name, route, local, ended && words.skipSpace() ? host : invalidHost);
  }

  /** RFC 5322 4.4 obs-route, which RFC 3501 calls the at-domain-list. */
  #route(): string {
    const words = this.#words;
    const hosts: string[] = [];
    while (words.take('@')) {
      const host = words.domain();
      if (host === null) break;
      hosts.push(`@${host}`);
      while (words.take(','));
    }
    return words.take(':') ? hosts.join(',') : invalidRoute;
  }

  /** @param phrase What stands from `from` to here, if that are words: a name without an address, if it is no local part. */
  #bare(from: number, phrase: string | null): void {
    const words = this.#words;
    const afterPhrase = words.position;
    words.position = from;
    words.lastComment = '';
    const quoted = words.comes('"');
    const local = this.#localPart();
    const comment = words.lastComment === '' ? null : words.lastComment;
    if (words.comes('@')) {
      const host = this.#host();
      this.#add(words.lastComment === '' ? null : words.lastComment, null, local, host);
      return;
    }
    const cutOff = local.endsWith('.') && (comment !== null || !(words.atEnd || words.comes(',')));
    words.position = afterPhrase;
    if (phrase === null || cutOff) this.#add(null, null, '', '');
    else if (comment !== null) this.#add(comment, null, local, '');
    else if (quoted || phrase.includes(' ')) this.#add(phrase, null, '', '');
    else this.#add(null, null, phrase, '');
  }

  #localPart(): string {
    const words = this.#words;
    const pieces: string[] = [];
    do {
      const word = words.comes('"') ? words.quotedString() : words.atomsAndDots();
      if (word === null) break;
      pieces.push(word);
    } while (words.comes('.') || pieces.at(-1)?.endsWith('.'));
    return pieces.join('');
  }

  /** Null: what stands there is none. */
  #host(): string | null {
    this.#words.take('@');
    return this.#words.domain();
  }

  #add(name: string | null, route: string | null, local: string, host: string | null): void {
    this.items.push({
      name: name === null ? null : name.replace(/\s+/g, ' ').trim(),
      route,
      mailbox: local === '' ? missingMailbox : local,
      host: host === '' || host === null ? missingHost : host,
    });
  }
}
