/**
 * SEARCH (RFC 3501 6.4.4) with RETURN (4731), YOUNGER and OLDER (5032), MODSEQ (7162 3.1.5): keys as a tree, simplified to
 * what the mailboxes can search for.
 */
import { flagBits } from '../../mailboxes/message-flags.ts';
import type { SearchKey } from '../../mailboxes/search/search-key.ts';
import { parseDate } from '../date-time.ts';
import type { SearchCommand, SearchReturn } from './imap-command.ts';
import { parseKeyword } from './parse-flags.ts';
import { parseModseq } from './parse-modseq.ts';
import { parseSequenceSet } from './sequence-set.ts';
import { CommandFault, MAX_NUMBER, type Tokens, utf8Of } from './tokens.ts';

/** Levels of brackets, NOT and OR: a choice between 100 addresses is 100 levels of OR. */
const MAX_DEPTH = 200;
const MAX_KEYS = 2_000;

const flagKeys: ReadonlyMap<string, number> = new Map([
  ['ANSWERED', flagBits.answered],
  ['DELETED', flagBits.deleted],
  ['DRAFT', flagBits.draft],
  ['FLAGGED', flagBits.flagged],
  ['SEEN', flagBits.seen],
]);
const unseen: SearchKey = { key: 'flag', bit: flagBits.seen, set: false };
const recent: SearchKey = { key: 'recent', set: true };

/** @param utf8 UTF8=ACCEPT is on: texts are UTF-8, and to name a charset is a fault (RFC 6855 3). */
export function parseSearch(tokens: Tokens, uid: boolean, utf8: boolean): SearchCommand {
  const returned = parseReturn(tokens);
  let charset = 'UTF-8';
  if (tokens.skipWord('CHARSET')) {
    if (utf8) tokens.fail('Texts are UTF-8 now: there is no CHARSET');
    tokens.space();
    charset = tokens.astring('a charset');
    tokens.space();
  }
  const keys = new KeyParser(tokens, charset);
  const key = keys.sequence('');
  return { name: 'SEARCH', uid, return: returned, key, modseq: keys.modseq };
}

function parseReturn(tokens: Tokens): SearchReturn | null {
  if (!tokens.skipWord('RETURN')) return null;
  tokens.space();
  const options = new Set(tokens.list('RETURN options', 10, () => tokens.word('a RETURN option')));
  tokens.space();
  for (const option of options) {
    if (!['MIN', 'MAX', 'ALL', 'COUNT'].includes(option)) tokens.fail('Unknown RETURN option');
  }
  return {
    min: options.has('MIN'),
    max: options.has('MAX'),
    all: options.has('ALL') || options.size === 0,
    count: options.has('COUNT'),
  };
}

/** Bytes to text. Throws a {@link CommandFault} for a charset that nobody knows here. */
function decoderFor(charset: string): (bytes: string, tokens: Tokens) => string {
  if (/^(utf-8|us-ascii|ascii)$/i.test(charset)) {
    return (bytes, tokens) => utf8Of(bytes) ?? tokens.fail('The text is not in its charset');
  }
  try {
    const decoder = new TextDecoder(charset, { fatal: true });
    return (bytes, tokens) => {
      try {
        return decoder.decode(Buffer.from(bytes, 'latin1'));
      } catch {
        return tokens.fail('The text is not in its charset');
      }
    };
  } catch {
    // RFC 3501 6.4.4: NO, and those that are known.
    throw new CommandFault('Unknown charset', 'BADCHARSET (US-ASCII UTF-8)', 'NO');
  }
}

class KeyParser {
  readonly #tokens: Tokens;
  readonly #decode: (bytes: string, tokens: Tokens) => string;
  #keys = 0;
  #depth = 0;
  modseq = false;

  constructor(tokens: Tokens, charset: string) {
    this.#tokens = tokens;
    this.#decode = decoderFor(charset);
  }

  /** Keys that must all fit, up to `end` (empty: the end of the command). */
  sequence(end: '' | ')'): SearchKey {
    const keys = [this.#key()];
    while (this.#tokens.next === ' ') {
      this.#tokens.space();
      // A space at the end of the line is forgiven.
      if (this.#tokens.done) break;
      keys.push(this.#key());
    }
    if (end !== '') this.#tokens.expect(end, 'a closing bracket');
    const [only] = keys;
    return keys.length === 1 && only !== undefined ? only : { key: 'and', keys };
  }

  #key(): SearchKey {
    this.#keys += 1;
    if (this.#keys > MAX_KEYS) this.#tokens.fail('Too many search keys', 'LIMIT');
    if (this.#depth === MAX_DEPTH) this.#tokens.fail('The search is nested too deeply', 'LIMIT');
    this.#depth += 1;
    const key = this.#oneKey();
    this.#depth -= 1;
    return key;
  }

  #oneKey(): SearchKey {
    const tokens = this.#tokens;
    if (tokens.skip('(')) return this.sequence(')');
    if (/[0-9*]/.test(tokens.next)) return { key: 'sequence', ranges: parseSequenceSet(tokens) };
    const name = tokens.word('a search key');
    const flag = flagKeys.get(name) ?? flagKeys.get(name.replace(/^UN/, ''));
    if (flag !== undefined) return { key: 'flag', bit: flag, set: flagKeys.has(name) };
    switch (name) {
      case 'ALL':
        return { key: 'all' };
      case 'NEW':
        return { key: 'and', keys: [recent, unseen] };
      case 'RECENT':
        return recent;
      case 'OLD':
        return { key: 'recent', set: false };
      default:
        tokens.space();
        return this.#keyWithArgument(name);
    }
  }

  #keyWithArgument(name: string): SearchKey {
    const tokens = this.#tokens;
    switch (name) {
      case 'NOT':
        return { key: 'not', of: this.#key() };
      case 'OR': {
        const first = this.#key();
        tokens.space();
        return { key: 'or', keys: [first, this.#key()] };
      }
      case 'KEYWORD':
      case 'UNKEYWORD':
        return { key: 'keyword', keyword: parseKeyword(tokens), set: name === 'KEYWORD' };
      case 'UID':
        return { key: 'uid', ranges: parseSequenceSet(tokens) };
      case 'BCC':
      case 'CC':
      case 'FROM':
      case 'SUBJECT':
      case 'TO':
        return { key: 'header', name: name.toLowerCase(), text: this.#text() };
      case 'HEADER': {
        const field = tokens.astring('a header field').toLowerCase();
        tokens.space();
        return { key: 'header', name: field, text: this.#text() };
      }
      case 'BODY':
        return { key: 'body', text: this.#text() };
      case 'TEXT':
        return { key: 'text', text: this.#text() };
      case 'LARGER':
        return { key: 'larger', bytes: tokens.number('a number of bytes') };
      case 'SMALLER':
        return { key: 'smaller', bytes: tokens.number('a number of bytes') };
      case 'YOUNGER':
        return { key: 'younger', seconds: this.#seconds() };
      case 'OLDER':
        return { key: 'older', seconds: this.#seconds() };
      case 'MODSEQ':
        return this.#modseqKey();
      default:
        return this.#dateKey(name);
    }
  }

  #dateKey(name: string): SearchKey {
    switch (name) {
      case 'BEFORE':
        return { key: 'before', day: parseDate(this.#tokens) };
      case 'ON':
        return { key: 'on', day: parseDate(this.#tokens) };
      case 'SINCE':
        return { key: 'since', day: parseDate(this.#tokens) };
      case 'SENTBEFORE':
        return { key: 'sentbefore', day: parseDate(this.#tokens) };
      case 'SENTON':
        return { key: 'senton', day: parseDate(this.#tokens) };
      case 'SENTSINCE':
        return { key: 'sentsince', day: parseDate(this.#tokens) };
      default:
        return this.#tokens.fail('Unknown search key');
    }
  }

  /** Its entry, `"/flags/\\Seen" all`, is passed over: there is one MODSEQ for all of a message (RFC 7162 3.1.5). */
  #modseqKey(): SearchKey {
    const tokens = this.#tokens;
    if (tokens.next === '"') {
      if (!tokens.string('an entry').startsWith('/flags/')) tokens.fail('Unknown entry');
      tokens.space();
      const type = tokens.word('a type of entry');
      if (!['ALL', 'PRIV', 'SHARED'].includes(type)) tokens.fail('Unknown type of entry');
      tokens.space();
    }
    this.modseq = true;
    return { key: 'modseq', least: parseModseq(tokens, 0) };
  }

  #seconds(): number {
    const seconds = this.#tokens.number('a number of seconds', MAX_NUMBER);
    return seconds > 0 ? seconds : this.#tokens.fail('The number of seconds is 0');
  }

  #text(): string {
    return this.#decode(this.#tokens.astring('a text'), this.#tokens);
  }
}
