/**
 * The last lines of one dialogue, bounded in number and size, and the last command among them.
 *
 * Owners mask secrets before they hand a line over. This masks again what looks like credentials, in every protocol:
 * a password that got past one of the two must not be seen by whoever watches.
 */
import type { Exchange } from '../../shared/api/sessions.ts';
import { isoTime } from '../clock.ts';
import { mask, maskSecrets } from '../log/secrets.ts';

const maxLines = 64;
const maxChars = 16_384;
const maxLineChars = 512;

/** What has none of these has no credentials: one quick look at nearly every line. */
const suspicious = /AUTH|PASS|LOGIN|APOP/i;
/** What opens a login that may go over several lines: SMTP AUTH, IMAP AUTHENTICATE, and LOGIN with a literal. */
const opensLogin = /^(?:[^\s"]{1,64} )?(?:AUTH(?:ENTICATE)?\b|LOGIN\b.*\}\s*$)/i;
/** The server asks for the next line of a login: SMTP `334`, POP3 and IMAP `+` (but not POP3's `+OK`). */
const asksForMore = /^(?:334\b|\+(?!OK))/i;

interface Line {
  readonly at: number;
  readonly direction: Exchange['direction'];
  readonly text: string;
}

export class ExchangeRing {
  /** The direction that commands go in. */
  readonly #commands: 'in' | 'out';
  readonly #lines: Line[] = [];
  #chars = 0;
  #dropped = 0;
  #lastCommand: string | null = null;
  #inLogin = false;

  constructor(commands: 'in' | 'out') {
    this.#commands = commands;
  }

  get lastCommand(): string | null {
    return this.#lastCommand;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** @param at Milliseconds since 1970. Answers the line as it is kept. */
  add(at: number, direction: Exchange['direction'], line: string): Line {
    const kept = { at, direction, text: this.#clean(direction, line) };
    this.#lines.push(kept);
    this.#chars += kept.text.length;
    while (this.#lines.length > maxLines || this.#chars > maxChars) {
      this.#chars -= this.#lines.shift()?.text.length ?? 0;
      this.#dropped += 1;
    }
    return kept;
  }

  list(): Exchange[] {
    return this.#lines.map(exchange);
  }

  #clean(direction: Exchange['direction'], line: string): string {
    const cut = line.length > maxLineChars ? line.slice(0, maxLineChars) : line;
    if (direction === 'note') return own(cut);
    if (direction !== this.#commands) {
      if (this.#inLogin && !asksForMore.test(cut)) this.#inLogin = false;
      return own(cut);
    }
    if (this.#inLogin) return mask;
    const hot = suspicious.test(cut);
    this.#inLogin = hot && opensLogin.test(cut);
    this.#lastCommand = own(hot ? maskSecrets(cut) : cut);
    return this.#lastCommand;
  }
}

export const exchange = ({ at, direction, text }: Line): Exchange => ({ at: isoTime(at), direction, text });

/** A copy of its own: V8 lets a part of a string keep the whole of it alive, here a packet of 64 KiB. */
const own = (text: string): string => (text.length < 13 ? text : ` ${text}`.slice(1));
