/** FETCH (RFC 3501 6.4.5) with the modifiers of RFC 7162 3.1.4 and 3.2.6. */
import type { FetchItem, FetchSection } from './fetch-item.ts';
import type { FetchCommand } from './imap-command.ts';
import { parseModseq } from './parse-modseq.ts';
import { parseSequenceSet } from './sequence-set.ts';
import type { Tokens } from './tokens.ts';

/** Different ones; the same again costs nothing. */
const MAX_ITEMS = 200;
/** As written. */
const MAX_WRITTEN_ITEMS = 2_000;
const MAX_FIELDS = 500;
const MAX_PART_DEPTH = 100;

const macros: ReadonlyMap<string, readonly FetchItem[]> = new Map([
  ['FAST', [{ item: 'FLAGS' }, { item: 'INTERNALDATE' }, { item: 'RFC822.SIZE' }]],
  ['ALL', [{ item: 'FLAGS' }, { item: 'INTERNALDATE' }, { item: 'RFC822.SIZE' }, { item: 'ENVELOPE' }]],
  [
    'FULL',
    [
      { item: 'FLAGS' },
      { item: 'INTERNALDATE' },
      { item: 'RFC822.SIZE' },
      { item: 'ENVELOPE' },
      { item: 'BODY' },
    ],
  ],
]);

const whole = { item: 'section', part: [], fields: [], partial: null } as const;
const named: ReadonlyMap<string, FetchItem> = new Map<string, FetchItem>([
  ['FLAGS', { item: 'FLAGS' }],
  ['UID', { item: 'UID' }],
  ['MODSEQ', { item: 'MODSEQ' }],
  ['INTERNALDATE', { item: 'INTERNALDATE' }],
  ['RFC822.SIZE', { item: 'RFC822.SIZE' }],
  ['ENVELOPE', { item: 'ENVELOPE' }],
  ['BODY', { item: 'BODY' }],
  ['BODYSTRUCTURE', { item: 'BODYSTRUCTURE' }],
  ['RFC822', { ...whole, name: 'RFC822', peek: false, text: null }],
  ['RFC822.HEADER', { ...whole, name: 'RFC822.HEADER', peek: true, text: 'HEADER' }],
  ['RFC822.TEXT', { ...whole, name: 'RFC822.TEXT', peek: false, text: 'TEXT' }],
]);

export function parseFetch(tokens: Tokens, uid: boolean): FetchCommand {
  const set = parseSequenceSet(tokens);
  tokens.space();
  const items = parseItems(tokens);
  let changedSince: number | null = null;
  let vanished = false;
  if (tokens.skip(' ')) {
    tokens.list('modifiers', 2, () => {
      const modifier = tokens.word('a modifier');
      if (modifier === 'VANISHED') vanished = true;
      else if (modifier !== 'CHANGEDSINCE') tokens.fail('Unknown modifier of FETCH');
      else {
        tokens.space();
        changedSince = parseModseq(tokens, 1);
      }
    });
  }
  if (vanished && (!uid || changedSince === null)) {
    tokens.fail('VANISHED belongs to UID FETCH with CHANGEDSINCE');
  }
  return { name: 'FETCH', uid, set, items, changedSince, vanished };
}

function parseItems(tokens: Tokens): readonly FetchItem[] {
  if (tokens.next !== '(') {
    const macro = [...macros].find(([name]) => tokens.skipWord(name));
    return macro === undefined ? [parseItem(tokens)] : macro[1];
  }
  const items = tokens.list('data items', MAX_WRITTEN_ITEMS, () => parseItem(tokens));
  const different = new Map(items.map((item) => [JSON.stringify(item), item]));
  if (different.size === 0) tokens.fail('Expected data items');
  if (different.size > MAX_ITEMS) tokens.fail('Too many data items', 'LIMIT');
  return [...different.values()];
}

function parseItem(tokens: Tokens): FetchItem {
  const name = tokens.itemName();
  const peek = name === 'BODY.PEEK';
  if (name === 'BODY' || peek) {
    if (tokens.skip('[')) return parseSection(tokens, peek);
    if (peek) tokens.fail('Expected a section in square brackets');
  }
  return named.get(name) ?? tokens.fail('Unknown data item');
}

function parseSection(tokens: Tokens, peek: boolean): FetchSection {
  const part: number[] = [];
  let open = true;
  while (open && /[0-9]/.test(tokens.next)) {
    if (part.length === MAX_PART_DEPTH) tokens.fail('The part is too deep', 'LIMIT');
    const number = tokens.number('the number of a part');
    part.push(number > 0 ? number : tokens.fail('Parts are counted from 1'));
    open = tokens.skip('.');
  }
  // `BODY[]`, `BODY[1]`; behind a dot something has to come.
  const all = tokens.next === ']' && (part.length === 0 || !open);
  if (!all && !open) tokens.fail('Expected a dot or a closing square bracket');
  const text = all ? null : parseSectionText(tokens, part);
  const fields = text?.startsWith('HEADER.FIELDS') ? parseFields(tokens) : [];
  tokens.expect(']', 'a closing square bracket');
  return { item: 'section', name: 'BODY', peek, part, text, fields, partial: parsePartial(tokens) };
}

function parseSectionText(tokens: Tokens, part: readonly number[]): Exclude<FetchSection['text'], null> {
  const text = tokens.word('a section');
  switch (text) {
    case 'HEADER':
    case 'HEADER.FIELDS':
    case 'HEADER.FIELDS.NOT':
    case 'TEXT':
      return text;
    case 'MIME':
      return part.length > 0 ? text : tokens.fail('MIME belongs to a part');
    default:
      return tokens.fail('Unknown section');
  }
}

function parseFields(tokens: Tokens): readonly string[] {
  tokens.space();
  const fields = tokens.list('header fields', MAX_FIELDS, () => tokens.astring('a header field'));
  return fields.length > 0 ? fields : tokens.fail('Expected header fields');
}

function parsePartial(tokens: Tokens): FetchSection['partial'] {
  if (!tokens.skip('<')) return null;
  const offset = tokens.number('the first byte');
  tokens.expect('.', 'a dot and a number of bytes');
  const length = tokens.number('the number of bytes');
  tokens.expect('>', 'a closing angle bracket');
  return { offset, length: length > 0 ? length : tokens.fail('The number of bytes is 0') };
}
