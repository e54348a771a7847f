/**
 * The mechanisms of SASL with which a client may log in, PLAIN (RFC 4616) and LOGIN (what Outlook speaks; it never became
 * more than a draft), step by step. How challenges and answers are framed is up to the protocol; both are base64 here.
 */

export const saslMechanisms = ['PLAIN', 'LOGIN'] as const;

/** A name or a password: longer ones nobody has. The directory has limits of its own. */
const MAX_CHARACTERS = 1_024;
/** Of what a client answers in one line: PLAIN with three parts of the full length. */
export const MAX_SASL_CHARACTERS = 4 * Math.ceil((3 * MAX_CHARACTERS + 2) / 3);

export type SaslStep =
  /** Base64, possibly empty: the client has to answer it. */
  | { readonly kind: 'challenge'; readonly challenge: string }
  | { readonly kind: 'credentials'; readonly user: string; readonly password: string }
  /** `cancelled`: the client does not want any more (`*`). */
  | { readonly kind: 'failed'; readonly reason: 'malformed' | 'cancelled' | 'not_allowed' };

export class SaslExchange {
  readonly #mechanism: (typeof saslMechanisms)[number];
  #user: string | null = null;

  /** Null: a mechanism that we do not have. */
  static for(mechanism: string): SaslExchange | null {
    const name = mechanism.toUpperCase();
    const known = saslMechanisms.find((known) => known === name);
    return known === undefined ? null : new SaslExchange(known);
  }

  private constructor(mechanism: (typeof saslMechanisms)[number]) {
    this.#mechanism = mechanism;
  }

  /** @param initial The initial response as it stands in the command: base64, or `=` for an empty one (RFC 4959); null without. */
  begin(initial: string | null): SaslStep {
    if (initial !== null) return this.#take(initial === '=' ? '' : initial);
    return challenge(this.#mechanism === 'PLAIN' ? '' : 'Username:');
  }

  /** What the client answers to a challenge, without the end of the line. */
  answer(line: string): SaslStep {
    return line === '*' ? failed('cancelled') : this.#take(line);
  }

  #take(base64: string): SaslStep {
    const text = decode(base64);
    if (text === null) return failed('malformed');
    if (this.#mechanism === 'PLAIN') return plain(text);
    if (text.includes('\0') || text.length > MAX_CHARACTERS) return failed('malformed');
    if (this.#user === null) {
      if (text === '') return failed('malformed');
      this.#user = text;
      return challenge('Password:');
    }
    return { kind: 'credentials', user: this.#user, password: text };
  }
}

/** RFC 4616 2: for whom, NUL, who, NUL, password. Only for oneself here. */
function plain(text: string): SaslStep {
  const [authorization, user, password, ...more] = text.split('\0');
  if (authorization === undefined || user === undefined || password === undefined || more.length > 0) {
    return failed('malformed');
  }
  if (user === '' || password === '' || user.length > MAX_CHARACTERS || password.length > MAX_CHARACTERS) {
    return failed('malformed');
  }
  if (authorization !== '' && authorization.toLowerCase() !== user.toLowerCase())
    return failed('not_allowed');
  return { kind: 'credentials', user, password };
}

const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Null when it is no base64 (RFC 4648 4: nothing is passed over), no UTF-8, or too long. */
function decode(base64: string): string | null {
  if (base64.length > MAX_SASL_CHARACTERS || !base64Text.test(base64)) return null;
  try {
    return utf8.decode(Buffer.from(base64, 'base64'));
  } catch {
    return null;
  }
}

const challenge = (text: string): SaslStep => ({
  kind: 'challenge',
  challenge: Buffer.from(text).toString('base64'),
});

const failed = (reason: 'malformed' | 'cancelled' | 'not_allowed'): SaslStep => ({ kind: 'failed', reason });
