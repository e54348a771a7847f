/**
 * What the server says in one line. In brackets what a program understands of it: RFC 2449 8 (IN-USE, LOGIN-DELAY),
 * RFC 3206 (AUTH, SYS/TEMP, SYS/PERM). Nothing in a reply comes from the client.
 */

export const replies = {
  ok: '+OK',
  bye: '+OK Bye',
  beginTls: '+OK Begin TLS',
  passwordNext: '+OK Password, please',
  utf8: '+OK',

  unknownCommand: '-ERR Command not recognized',
  syntax: '-ERR Wrong arguments',
  controlCharacters: '-ERR Control characters in command',
  lineTooLong: '-ERR Line too long',
  notNow: '-ERR Not in this state',
  noSuchMessage: '-ERR No such message',
  deletedMessage: '-ERR Message is deleted',
  messageGone: '-ERR Message is not there any more',
  tooManyErrors: '-ERR Too many errors',

  userFirst: '-ERR Send USER first',
  noTls: '-ERR TLS is not available',
  tlsFirst: '-ERR [SYS/PERM] Use TLS before logging in',
  noMechanism: '-ERR Mechanism is not supported',
  cancelled: '-ERR Login was cancelled',
  badAnswer: '-ERR Answer is not valid',
  badCredentials: '-ERR [AUTH] User name or password is wrong',
  loginBlocked: '-ERR [SYS/TEMP] Too many failed logins, try again later',
  loginBusy: '-ERR [SYS/TEMP] Login cannot be checked now, try again later',
  tooManyOfUser: '-ERR [SYS/TEMP] Too many sessions of this user',
  inUse: '-ERR [IN-USE] Another session has the mailbox',
  loginDelay: '-ERR [LOGIN-DELAY] It is too early to look for mail again',
  mailboxFailed: '-ERR [SYS/TEMP] Mailbox cannot be read now, try again later',
  localError: '-ERR [SYS/TEMP] Local error, try again later',
  nothingDeleted: '-ERR [SYS/TEMP] Nothing was deleted, try again later',

  blocked: '-ERR [SYS/PERM] Access denied',
  serverFull: '-ERR [SYS/TEMP] Too many connections, try again later',
  addressFull: '-ERR [SYS/TEMP] Too many connections from your address',
  shuttingDown: '-ERR [SYS/TEMP] Server is shutting down',
} as const;

export type Reply = string;

export const isRefusal = (reply: Reply): boolean => reply.startsWith('-');

const notInReply = /[^\x20-\x7e]/g;
export const killed = (reason: string): Reply =>
  `-ERR [SYS/TEMP] Session ended: ${reason.replace(notInReply, '?')}`.slice(0, 500);
