/**
 * Names of mailboxes against the patterns of LIST and LSUB (RFC 3501 6.3.8): `*` is anything, `%` anything but the separator.
 *
 * All ways to match are followed at once, character by character: a pattern cannot be made that takes long.
 */
export const separator = '/';
const INBOX = 'INBOX';

export class ListPattern {
  /** Characters, with runs of wildcards as one. */
  readonly #tokens: readonly string[];
  readonly #literals: number;

  constructor(text: string) {
    const joined = text.replace(/[*%]*\*[*%]*/g, '*').replace(/%+/g, '%');
    this.#tokens = [...joined];
    this.#literals = this.#tokens.filter((token) => !isWild(token)).length;
  }

  matches(name: string): boolean {
    const characters = [...name];
    if (this.#literals > characters.length) return false;
    const tokens = this.#tokens;
    // INBOX is the same whatever its case, and so it is in the names below it.
    const inbox = name === INBOX || name.startsWith(INBOX + separator) ? INBOX.length : 0;
    let at = skipWild(tokens, new Set([0]));
    characters.forEach((character, index) => {
      const next = new Set<number>();
      for (const place of at) {
        const token = tokens[place];
        if (token === undefined) continue;
        if (token === '*' || (token === '%' && character !== separator)) next.add(place);
        else if (token === character || (index < inbox && token.toUpperCase() === character))
          next.add(place + 1);
      }
      at = skipWild(tokens, next);
    });
    return at.has(tokens.length);
  }
}

const isWild = (token: string | undefined): boolean => token === '*' || token === '%';

/** A wildcard may stand for nothing. */
function skipWild(tokens: readonly string[], places: Set<number>): Set<number> {
  for (const place of places) if (isWild(tokens[place])) places.add(place + 1);
  return places;
}
