/**
 * Which command may be given in which state (RFC 3501 3 and 6), and who obeys it. What goes over more than one line, and what
 * changes the dialogue itself (IDLE, APPEND, AUTHENTICATE, STARTTLS), is the dialogue's.
 */
import { capabilities, enableable } from './capabilities.ts';
import { copy } from './copy-command.ts';
import { fetch } from './fetch-command.ts';
import type { ImapAccount, ImapClient } from './imap-client.ts';
import { list, lsub } from './list-command.ts';
import { create, remove, rename, status, subscribe } from './mailbox-commands.ts';
import { bad, no, type Outcome, ok, readOnly } from './outcome.ts';
import type { ImapCommand } from './parse/imap-command.ts';
import { uidsIn } from './parse/sequence-set.ts';
import { getQuota, getQuotaRoot } from './quota-commands.ts';
import { imapString } from './response-text.ts';
import type { RunningCommand } from './running-command.ts';
import { search } from './search-command.ts';
import { close, select, unselect } from './select-command.ts';
import type { SelectedMailbox } from './selected-mailbox.ts';
import { store } from './store-command.ts';

type Answer = Outcome | Promise<Outcome>;

const notLoggedIn = bad('Log in first');
const nothingSelected = bad('Select a mailbox first');
const elsewhere = bad('Not possible now');

export const capabilitiesOf = (client: ImapClient): string =>
  capabilities({
    loggedIn: client.account !== null,
    offersTls: client.socket.offersTls,
    mayLogIn: client.socket.mayLogIn,
    appendLimit: client.context.config().maxMessageBytes,
  });

export function obey(client: ImapClient, running: RunningCommand): Answer {
  const { command } = running;
  switch (command.name) {
    case 'CAPABILITY':
      client.untagged(`CAPABILITY ${capabilitiesOf(client)}`);
      return ok('Capability completed');
    case 'NOOP':
      return ok('Noop completed');
    case 'ID':
      return identify(command.parameters, client);
  }
  const { account } = client;
  return account === null ? notLoggedIn : obeyAuthenticated(client, account, running);
}

function obeyAuthenticated(client: ImapClient, account: ImapAccount, running: RunningCommand): Answer {
  const { command } = running;
  switch (command.name) {
    case 'ENABLE':
      return enable(command.capabilities, client);
    case 'NAMESPACE':
      client.untagged('NAMESPACE (("" "/")) NIL NIL');
      return ok('Namespace completed');
    case 'SELECT':
    case 'EXAMINE':
      return select(command, account, client);
    case 'CREATE':
      return create(command, account, client);
    case 'DELETE':
      return remove(command, account, client);
    case 'RENAME':
      return rename(command, account, client);
    case 'SUBSCRIBE':
      return subscribe(command, account, client, true);
    case 'UNSUBSCRIBE':
      return subscribe(command, account, client, false);
    case 'LIST':
      return list(command, account, client);
    case 'LSUB':
      return lsub(command, account, client);
    case 'STATUS':
      return status(command, account, client);
    case 'GETQUOTA':
      return getQuota(command.root, account, client);
    case 'GETQUOTAROOT':
      return getQuotaRoot(command.mailbox, account, client);
    case 'SETQUOTA':
      return no('NOPERM', 'Quotas are set by the administrator');
  }
  const { selected } = client;
  return selected === null ? nothingSelected : obeySelected(client, account, selected, running);
}

function obeySelected(
  client: ImapClient,
  account: ImapAccount,
  selected: SelectedMailbox,
  running: RunningCommand,
): Answer {
  const { command } = running;
  switch (command.name) {
    case 'CHECK':
      return ok('Check completed');
    case 'CLOSE':
      return close(client, selected);
    case 'UNSELECT':
      return unselect(client);
    case 'EXPUNGE':
      return expunge(command.set, client, selected);
    case 'SEARCH':
      return search(command, client, selected, running);
    case 'FETCH':
      return fetch(command, client, selected, running);
    case 'STORE':
      return store(command, client, selected);
    case 'COPY':
    case 'MOVE':
      return copy(command, account, client, selected);
    default:
      return elsewhere;
  }
}

/** RFC 2971: we say what we are and not which version, which only an attacker would make use of. */
function identify(
  parameters: Extract<ImapCommand, { name: 'ID' }>['parameters'],
  client: ImapClient,
): Outcome {
  const { log } = client.context;
  if (parameters !== null && parameters.length > 0 && log.enabled('debug')) {
    const program = parameters.map(([name, value]) => `${name}: ${value ?? 'NIL'}`).join(', ');
    log.debug('client says what it is', { ...client.socket.logFields, program });
  }
  client.untagged(`ID ("name" ${imapString('maild', false)})`);
  return ok('Id completed');
}

/** RFC 5161: what is not known is passed over. */
function enable(names: readonly string[], client: ImapClient): Outcome {
  const known = names.filter((name) => enableable.includes(name));
  const unknown = known.filter((name, index) => known.indexOf(name) === index && !isEnabled(client, name));
  client.untagged(`ENABLED${unknown.map((name) => ` ${name}`).join('')}`);
  if (unknown.includes('QRESYNC')) client.qresync = true;
  if (unknown.includes('UTF8=ACCEPT')) client.utf8 = true;
  if (unknown.includes('QRESYNC') || unknown.includes('CONDSTORE')) client.enableCondstore();
  return ok('Enable completed');
}

function isEnabled(client: ImapClient, name: string): boolean {
  if (name === 'UTF8=ACCEPT') return client.utf8;
  return name === 'QRESYNC' ? client.qresync : client.condstore;
}

/** EXPUNGE, and UID EXPUNGE (RFC 4315 2.1) with a set. What has gone is told with all other changes. */
async function expunge(
  set: Extract<ImapCommand, { name: 'EXPUNGE' }>['set'],
  client: ImapClient,
  selected: SelectedMailbox,
): Promise<Outcome> {
  const { view } = selected;
  if (view.readOnly) return readOnly;
  const uids = set === null ? null : (uidsIn(view, set, true) ?? []);
  const gone = await client.context.mailboxes.expunge(view.mailbox.id, uids);
  // RFC 7162 3.2.7: a removal has a mod-sequence too.
  const tellsModseq = client.qresync && gone.length > 0;
  return ok('Expunge completed', tellsModseq ? `HIGHESTMODSEQ ${view.highestModseq}` : null);
}
