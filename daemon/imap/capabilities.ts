/**
 * What the server can do, as CAPABILITY says it (RFC 3501 7.2.1): only what works, and only what works in this state.
 *
 * LITERAL- before the login and LITERAL+ after it: RFC 7888 has either the one or the other, and a stranger may not send
 * us much unasked.
 */

/** In every state. */
const always = ['IMAP4rev1', 'SASL-IR', 'ID', 'ENABLE', 'IDLE'];

const afterLogin = [
  ...always,
  'LITERAL+',
  'NAMESPACE',
  'CHILDREN',
  'UNSELECT',
  'UIDPLUS',
  'MOVE',
  'SPECIAL-USE',
  'CREATE-SPECIAL-USE',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'STATUS=SIZE',
  'ESEARCH',
  'WITHIN',
  'CONDSTORE',
  'QRESYNC',
  'QUOTA',
  'QUOTA=RES-STORAGE',
  'UTF8=ACCEPT',
].join(' ');

export interface ClientSituation {
  readonly loggedIn: boolean;
  /** STARTTLS would be obeyed. */
  readonly offersTls: boolean;
  /** Passwords may be sent. */
  readonly mayLogIn: boolean;
  /** Largest message of APPEND, bytes (RFC 7889). */
  readonly appendLimit: number;
}

export function capabilities({ loggedIn, offersTls, mayLogIn, appendLimit }: ClientSituation): string {
  if (loggedIn) return `${afterLogin} APPENDLIMIT=${appendLimit}`;
  return [
    ...always,
    'LITERAL-',
    ...(offersTls ? ['STARTTLS'] : []),
    ...(mayLogIn ? ['AUTH=PLAIN', 'AUTH=LOGIN'] : ['LOGINDISABLED']),
  ].join(' ');
}

/** What ENABLE knows (RFC 5161), by its name in capitals. */
export const enableable: readonly string[] = ['CONDSTORE', 'QRESYNC', 'UTF8=ACCEPT'];
