/**
 * Tokens to commands: which arguments each command has (RFC 3501 9, and the extensions that imap-command.ts names). Whether
 * a command may be given just now is the dialogue's business. Pure; no input makes it throw anything but a
 * {@link CommandFault}.
 */
import { parseDateTime } from '../date-time.ts';
import type { AppendCommand, BareCommand, ImapCommand, StoreCommand } from './imap-command.ts';
import { parseFetch } from './parse-fetch.ts';
import { parseFlagList, parseFlags } from './parse-flags.ts';
import {
  parseCreate,
  parseList,
  parseLsub,
  parseMailbox,
  parseSelect,
  parseStatus,
} from './parse-mailboxes.ts';
import { parseModseq } from './parse-modseq.ts';
import { parseSearch } from './parse-search.ts';
import { parseSequenceSet } from './sequence-set.ts';
import { CommandFault, type Tokens, utf8Of } from './tokens.ts';

/** RFC 2971 3.3. */
const MAX_ID_FIELDS = 30;
const MAX_CAPABILITIES = 50;
const MAX_RESOURCES = 20;

export interface ParserState {
  readonly utf8: boolean;
  /** Of the message of an APPEND. */
  readonly messageBytes: number;
}

type Parse = (tokens: Tokens, state: ParserState) => ImapCommand;

const bare =
  (name: BareCommand['name']): Parse =>
  () => ({ name });

/** What follows a space. */
const spaced =
  (parse: Parse): Parse =>
  (tokens, state) => {
    tokens.space();
    return parse(tokens, state);
  };

const onMailbox =
  (name: 'DELETE' | 'SUBSCRIBE' | 'UNSUBSCRIBE' | 'GETQUOTAROOT'): Parse =>
  (tokens, { utf8 }) => ({ name, mailbox: parseMailbox(tokens, utf8) });

const copy =
  (name: 'COPY' | 'MOVE', uid: boolean): Parse =>
  (tokens, { utf8 }) => {
    const set = parseSequenceSet(tokens);
    tokens.space();
    return { name, uid, set, mailbox: parseMailbox(tokens, utf8) };
  };

const byUid: ReadonlyMap<string, Parse> = new Map<string, Parse>([
  ['COPY', copy('COPY', true)],
  ['MOVE', copy('MOVE', true)],
  ['FETCH', (tokens) => parseFetch(tokens, true)],
  ['STORE', (tokens) => parseStore(tokens, true)],
  ['SEARCH', (tokens, { utf8 }) => parseSearch(tokens, true, utf8)],
  ['EXPUNGE', (tokens) => ({ name: 'EXPUNGE', set: parseSequenceSet(tokens) })],
]);

const commands: ReadonlyMap<string, Parse> = new Map<string, Parse>([
  ['CAPABILITY', bare('CAPABILITY')],
  ['NOOP', bare('NOOP')],
  ['LOGOUT', bare('LOGOUT')],
  ['STARTTLS', bare('STARTTLS')],
  ['CHECK', bare('CHECK')],
  ['CLOSE', bare('CLOSE')],
  ['UNSELECT', bare('UNSELECT')],
  ['IDLE', bare('IDLE')],
  ['NAMESPACE', bare('NAMESPACE')],
  ['EXPUNGE', () => ({ name: 'EXPUNGE', set: null })],
  ['AUTHENTICATE', spaced(parseAuthenticate)],
  ['LOGIN', spaced(parseLogin)],
  ['ENABLE', spaced(parseEnable)],
  ['ID', spaced(parseId)],
  ['SELECT', spaced((tokens, { utf8 }) => parseSelect(tokens, 'SELECT', utf8))],
  ['EXAMINE', spaced((tokens, { utf8 }) => parseSelect(tokens, 'EXAMINE', utf8))],
  ['CREATE', spaced((tokens, { utf8 }) => parseCreate(tokens, utf8))],
  ['DELETE', spaced(onMailbox('DELETE'))],
  ['SUBSCRIBE', spaced(onMailbox('SUBSCRIBE'))],
  ['UNSUBSCRIBE', spaced(onMailbox('UNSUBSCRIBE'))],
  ['GETQUOTAROOT', spaced(onMailbox('GETQUOTAROOT'))],
  ['RENAME', spaced(parseRename)],
  ['LIST', spaced((tokens, { utf8 }) => parseList(tokens, utf8))],
  ['LSUB', spaced((tokens, { utf8 }) => parseLsub(tokens, utf8))],
  ['STATUS', spaced((tokens, { utf8 }) => parseStatus(tokens, utf8))],
  ['APPEND', spaced(parseAppend)],
  ['SEARCH', spaced((tokens, { utf8 }) => parseSearch(tokens, false, utf8))],
  ['FETCH', spaced((tokens) => parseFetch(tokens, false))],
  ['STORE', spaced((tokens) => parseStore(tokens, false))],
  ['COPY', spaced(copy('COPY', false))],
  ['MOVE', spaced(copy('MOVE', false))],
  ['GETQUOTA', spaced((tokens) => ({ name: 'GETQUOTA', root: tokens.astring('a quota root') }))],
  ['SETQUOTA', spaced(parseSetQuota)],
  [
    'UID',
    spaced((tokens, state) => {
      const parse = byUid.get(tokens.word('a command')) ?? tokens.fail('Unknown command');
      return spaced(parse)(tokens, state);
    }),
  ],
]);

export const isCommandName = (name: string): boolean => commands.has(name);

/** A whole command behind its tag. Throws a {@link CommandFault}. */
export function parseCommand(tokens: Tokens, state: ParserState): ImapCommand {
  tokens.expect(' ', 'a space and a command');
  const parse = commands.get(tokens.word('a command')) ?? tokens.fail('Unknown command');
  const command = parse(tokens, state);
  tokens.end();
  return command;
}

/**
 * A command behind its tag that has come up to a literal: is it the message of an APPEND? Null: it is any other literal.
 * Throws a {@link CommandFault} when the message would be that of a command which is wrong already.
 */
export function parseAppendUpToMessage(tokens: Tokens, state: ParserState): AppendCommand | null {
  if (!tokens.skip(' ') || !tokens.skipWord('APPEND')) return null;
  tokens.space();
  // The name itself is the literal that comes.
  if (tokens.atMessage) return null;
  return appendHead(tokens, state);
}

function parseAppend(tokens: Tokens, state: ParserState): ImapCommand {
  const command = appendHead(tokens, state);
  tokens.message();
  if (command.utf8) tokens.expect(')', 'a closing bracket');
  return command;
}

/** `mailbox [flags] [date-time]` up to the literal, or `UTF8 (~` and the literal. */
function appendHead(tokens: Tokens, { utf8, messageBytes }: ParserState): AppendCommand {
  const mailbox = parseMailbox(tokens, utf8);
  tokens.space();
  const flags = tokens.next === '(' ? parseFlagList(tokens) : null;
  if (flags !== null) tokens.space();
  const internalDate = tokens.next === '"' ? parseDateTime(tokens) : null;
  if (internalDate !== null) tokens.space();
  const inUtf8 = tokens.skipWord('UTF8');
  if (inUtf8) {
    if (!utf8) tokens.fail('UTF8=ACCEPT has not been enabled');
    tokens.space();
    tokens.expect('(', 'the message');
    tokens.expect('~', 'the message as an 8-bit literal');
  }
  if (!tokens.atMessage) tokens.fail('Expected the message as a literal');
  return {
    name: 'APPEND',
    mailbox,
    flags: flags ?? { bits: 0, keywords: [] },
    internalDate,
    sizeBytes: messageBytes,
    utf8: inUtf8,
  };
}

function parseStore(tokens: Tokens, uid: boolean): StoreCommand {
  const set = parseSequenceSet(tokens);
  tokens.space();
  let unchangedSince: number | null = null;
  if (tokens.skip('(')) {
    if (!tokens.skipWord('UNCHANGEDSINCE')) tokens.fail('Unknown modifier of STORE');
    tokens.space();
    unchangedSince = parseModseq(tokens, 0);
    tokens.expect(')', 'a closing bracket');
    tokens.space();
  }
  const [, sign = '', silent] =
    /^([+-]?)FLAGS(\.SILENT)?$/.exec(tokens.word('FLAGS')) ?? tokens.fail('Expected FLAGS');
  tokens.space();
  const change = sign === '+' ? 'add' : sign === '-' ? 'remove' : 'set';
  const flags = parseFlags(tokens);
  return { name: 'STORE', uid, set, change, silent: silent !== undefined, flags, unchangedSince };
}

function parseAuthenticate(tokens: Tokens): ImapCommand {
  const mechanism = tokens.word('a mechanism');
  const response = tokens.skip(' ') && !tokens.done ? tokens.atom('an initial response') : null;
  // RFC 4959 3: an empty one is "=".
  return { name: 'AUTHENTICATE', mechanism, initialResponse: response === '=' ? '' : response };
}

function parseLogin(tokens: Tokens): ImapCommand {
  const user = tokens.astring('a user name');
  tokens.space();
  const password = tokens.astring('a password');
  // What is no UTF-8 is nobody's: it comes to a wrong password, as it should.
  return { name: 'LOGIN', user: utf8Of(user) ?? user, password: utf8Of(password) ?? password };
}

function parseEnable(tokens: Tokens): ImapCommand {
  const capabilities: string[] = [];
  do {
    if (capabilities.length === MAX_CAPABILITIES) tokens.fail('Too many capabilities', 'LIMIT');
    capabilities.push(tokens.word('a capability'));
  } while (tokens.skip(' ') && !tokens.done);
  return { name: 'ENABLE', capabilities };
}

function parseId(tokens: Tokens): ImapCommand {
  if (tokens.skipWord('NIL')) return { name: 'ID', parameters: null };
  const parameters = tokens.list('fields', MAX_ID_FIELDS, () => {
    const field = tokens.string('a field');
    tokens.space();
    const value = tokens.nstring('a value');
    return [utf8Of(field) ?? field, value === null ? null : (utf8Of(value) ?? value)] as const;
  });
  return { name: 'ID', parameters };
}

function parseRename(tokens: Tokens, { utf8 }: ParserState): ImapCommand {
  const mailbox = parseMailbox(tokens, utf8);
  tokens.space();
  return { name: 'RENAME', mailbox, to: parseMailbox(tokens, utf8) };
}

function parseSetQuota(tokens: Tokens): ImapCommand {
  const root = tokens.astring('a quota root');
  tokens.space();
  const resources = tokens.list('resources', MAX_RESOURCES, () => {
    const resource = tokens.word('a resource');
    tokens.space();
    return { resource, limit: tokens.number('a limit', 2 ** 63) };
  });
  return { name: 'SETQUOTA', root, resources };
}

/** The fault of whatever was thrown; what is not one is a mistake of ours, and goes on. */
export function faultOf(error: unknown): CommandFault {
  if (error instanceof CommandFault) return error;
  throw error;
}
