/**
 * What may be shown of a command: in the session's last exchanges, in the log. Passwords are left out by listing what may be
 * shown, not by guessing what may not: of a command that is not understood only words that are known are.
 */

import { isCommandName } from './command-parser.ts';
import type { ImapCommand } from './imap-command.ts';
import { LITERAL_MARK, utf8Of } from './tokens.ts';

const MASK = '***';
/** Characters of a command. */
const MAX_SHOWN = 2_000;
const MAX_SHOWN_LITERAL = 200;

const mechanisms = new Set(
  'PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 XOAUTH2 OAUTHBEARER NTLM GSSAPI EXTERNAL'.split(
    ' ',
  ),
);
/** Commands of extensions that we do not have: to see which one a program tried. */
const foreign = new Set(
  'COMPRESS XLIST SORT THREAD NOTIFY GETACL SETACL DELETEACL LISTRIGHTS MYRIGHTS GETMETADATA SETMETADATA REPLACE LANGUAGE UNAUTHENTICATE XAPPLEPUSHSERVICE'.split(
    ' ',
  ),
);

/** A command that was understood. */
export function commandText(
  tag: string,
  command: ImapCommand,
  text: string,
  literals: readonly (Buffer | null)[],
): string {
  switch (command.name) {
    case 'LOGIN':
      return `${tag} LOGIN ${cut(JSON.stringify(command.user), MAX_SHOWN_LITERAL)} ${MASK}`;
    case 'AUTHENTICATE': {
      const response = command.initialResponse === null ? '' : ` ${MASK}`;
      // What stands for the mechanism is a password when someone has forgotten the mechanism.
      const mechanism = mechanisms.has(command.mechanism) ? command.mechanism : MASK;
      return `${tag} AUTHENTICATE ${mechanism}${response}`;
    }
    default:
      return shown(text, literals);
  }
}

/** A command that was not, or that is not over. */
export function faultyCommandText(text: string, literals: readonly (Buffer | null)[]): string {
  const [, tag = '', name = ''] = /^([^ ]{1,100}) ([^ ]{1,20})(?= |\n|$)/.exec(text) ?? [];
  const command = name.toUpperCase();
  if (command === 'LOGIN' || command === 'AUTHENTICATE') return `${tag} ${command} ${MASK}`;
  if (isCommandName(command)) return shown(text, literals);
  if (foreign.has(command)) return `${tag} ${command} ${MASK}`;
  // A line of a login that has been refused is a command to us.
  return name === '' ? MASK : `${tag} ${MASK}`;
}

function shown(text: string, literals: readonly (Buffer | null)[]): string {
  let next = 0;
  const whole = cut(text, MAX_SHOWN).replaceAll(LITERAL_MARK, () => {
    const literal = literals[next];
    next += 1;
    return literal
      ? cut(JSON.stringify(literal.subarray(0, 1_000).toString('latin1')), MAX_SHOWN_LITERAL)
      : '{}';
  });
  return utf8Of(whole) ?? whole;
}

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most)}...`;
