/**
 * Commands on mailboxes as a whole: LIST with its extensions (RFC 5258, 5819, 6154), LSUB, STATUS, SELECT (7162), CREATE
 * (6154), and how names are read.
 */
import type {
  ImapCommand,
  ListCommand,
  QresyncState,
  SelectCommand,
  SpecialUseName,
  StatusItem,
} from './imap-command.ts';
import { nameFromWire, patternFromWire } from './mailbox-name.ts';
import { parseModseq } from './parse-modseq.ts';
import { parseSequenceSet } from './sequence-set.ts';
import type { Tokens } from './tokens.ts';

const MAX_PATTERNS = 100;
const MAX_OPTIONS = 20;

const statusItems: readonly StatusItem[] = [
  'MESSAGES',
  'RECENT',
  'UIDNEXT',
  'UIDVALIDITY',
  'UNSEEN',
  'HIGHESTMODSEQ',
  'SIZE',
  'APPENDLIMIT',
];
const specialUses: readonly SpecialUseName[] = [
  '\\All',
  '\\Archive',
  '\\Drafts',
  '\\Flagged',
  '\\Junk',
  '\\Sent',
  '\\Trash',
];

export function parseMailbox(tokens: Tokens, utf8: boolean): string {
  return nameFromWire(tokens.astring('the name of a mailbox'), utf8);
}

export function parseSelect(tokens: Tokens, name: SelectCommand['name'], utf8: boolean): SelectCommand {
  const mailbox = parseMailbox(tokens, utf8);
  let condstore = false;
  let qresync: QresyncState | null = null;
  if (tokens.skip(' ')) {
    tokens.list('parameters', 2, () => {
      const parameter = tokens.word('a parameter');
      if (parameter === 'CONDSTORE') condstore = true;
      else if (parameter === 'QRESYNC') qresync = parseQresync(tokens);
      else tokens.fail(`Unknown parameter of ${name}`);
    });
  }
  return { name, mailbox, condstore, qresync };
}

/** `(67890007 20050715194045000 41,43:211 (1,3 41,43))`, the last two optional. */
function parseQresync(tokens: Tokens): QresyncState {
  tokens.space();
  tokens.expect('(', 'the parameters of QRESYNC');
  const uidValidity = tokens.number('UIDVALIDITY');
  tokens.space();
  const modseq = parseModseq(tokens, 1);
  let knownUids: QresyncState['knownUids'] = null;
  let match: QresyncState['match'] = null;
  let more = tokens.skip(' ');
  if (more && tokens.next !== '(') {
    knownUids = parseSequenceSet(tokens);
    more = tokens.skip(' ');
  }
  if (more) {
    tokens.expect('(', 'sequence numbers and their UIDs');
    const sequence = parseSequenceSet(tokens);
    tokens.space();
    match = { sequence, uids: parseSequenceSet(tokens) };
    tokens.expect(')', 'a closing bracket');
  }
  tokens.expect(')', 'a closing bracket');
  return { uidValidity, modseq, knownUids, match };
}

export function parseCreate(tokens: Tokens, utf8: boolean): ImapCommand {
  const mailbox = parseMailbox(tokens, utf8);
  let specialUse: readonly SpecialUseName[] = [];
  if (tokens.skip(' ')) {
    tokens.expect('(', 'parameters');
    if (!tokens.skipWord('USE')) tokens.fail('Unknown parameter of CREATE');
    tokens.space();
    specialUse = tokens.list('special uses', MAX_OPTIONS, () => parseSpecialUse(tokens));
    tokens.expect(')', 'a closing bracket');
  }
  return { name: 'CREATE', mailbox, specialUse };
}

function parseSpecialUse(tokens: Tokens): SpecialUseName {
  const flag = tokens.flag().toLowerCase();
  return specialUses.find((use) => use.toLowerCase() === flag) ?? tokens.fail('Unknown special use');
}

export function parseStatus(tokens: Tokens, utf8: boolean): ImapCommand {
  const mailbox = parseMailbox(tokens, utf8);
  tokens.space();
  const items = parseStatusItems(tokens);
  return { name: 'STATUS', mailbox, items };
}

function parseStatusItems(tokens: Tokens): readonly StatusItem[] {
  const items = tokens.list('status items', MAX_OPTIONS, () => {
    const word = tokens.word('a status item');
    return statusItems.find((item) => item === word) ?? tokens.fail('Unknown status item');
  });
  return items.length > 0 ? [...new Set(items)] : tokens.fail('Expected status items');
}

export function parseLsub(tokens: Tokens, utf8: boolean): ImapCommand {
  const reference = parseReference(tokens, utf8);
  tokens.space();
  return { name: 'LSUB', reference, pattern: patternFromWire(tokens.pattern(), utf8) };
}

export function parseList(tokens: Tokens, utf8: boolean): ListCommand {
  const extendedSelect = tokens.next === '(';
  const selected = extendedSelect ? parseOptions(tokens, selectOptions) : new Set<string>();
  if (extendedSelect) tokens.space();
  if (
    selected.has('RECURSIVEMATCH') &&
    ![...selected].some((word) => !['RECURSIVEMATCH', 'REMOTE'].includes(word))
  ) {
    // RFC 5258 3.1
    tokens.fail('RECURSIVEMATCH needs another option');
  }
  const reference = parseReference(tokens, utf8);
  tokens.space();
  const severalPatterns = tokens.next === '(';
  const patterns = severalPatterns
    ? tokens.list('patterns', MAX_PATTERNS, () => patternFromWire(tokens.pattern(), utf8))
    : [patternFromWire(tokens.pattern(), utf8)];
  if (patterns.length === 0) tokens.fail('Expected a mailbox pattern');
  const extendedReturn = tokens.skip(' ') && !tokens.done;
  const returned = extendedReturn ? parseListReturn(tokens) : { words: new Set<string>(), status: null };
  return {
    name: 'LIST',
    reference,
    patterns,
    extended: extendedSelect || severalPatterns || extendedReturn,
    select: {
      subscribed: selected.has('SUBSCRIBED'),
      remote: selected.has('REMOTE'),
      recursiveMatch: selected.has('RECURSIVEMATCH'),
      specialUse: selected.has('SPECIAL-USE'),
    },
    return: {
      subscribed: returned.words.has('SUBSCRIBED'),
      children: returned.words.has('CHILDREN'),
      specialUse: returned.words.has('SPECIAL-USE'),
      status: returned.status,
    },
  };
}

const selectOptions = ['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE'];
const returnOptions = ['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE'];

function parseReference(tokens: Tokens, utf8: boolean): string {
  return nameFromWire(tokens.astring('a reference'), utf8);
}

function parseListReturn(tokens: Tokens): { words: Set<string>; status: readonly StatusItem[] | null } {
  if (!tokens.skipWord('RETURN')) tokens.fail('Expected RETURN');
  tokens.space();
  let status: readonly StatusItem[] | null = null;
  const words = parseOptions(tokens, returnOptions, (word) => {
    if (word !== 'STATUS') return false;
    tokens.space();
    status = parseStatusItems(tokens);
    return true;
  });
  return { words, status };
}

function parseOptions(
  tokens: Tokens,
  known: readonly string[],
  other: (word: string) => boolean = () => false,
): Set<string> {
  const words = tokens.list('options', MAX_OPTIONS, () => {
    const word = tokens.word('an option');
    if (!known.includes(word) && !other(word)) tokens.fail('Unknown option of LIST');
    return word;
  });
  return new Set(words);
}
