/** What the server says (RFC 5321 4.2, RFC 3463): data until it is written. Nothing in a reply comes from the client. */

export interface Reply {
  readonly code: number;
  readonly enhancedCode: string;
  readonly text: string;
}

const reply = (code: number, enhancedCode: string, text: string): Reply => ({ code, enhancedCode, text });

export const isReply = (value: object): value is Reply => 'enhancedCode' in value;
export const formatReply = (r: Reply): string => `${r.code} ${r.enhancedCode} ${r.text}`;

export const replies = {
  ok: reply(250, '2.0.0', 'Ok'),
  senderOk: reply(250, '2.1.0', 'Ok'),
  recipientOk: reply(250, '2.1.5', 'Ok'),
  bye: reply(221, '2.0.0', 'Bye'),
  // RFC 5321 3.5.3: an answer that says nothing about who exists.
  cannotVerify: reply(252, '2.5.2', 'Send some mail, I will do my best'),
  help: reply(214, '2.0.0', 'RFC 5321 tells what to say'),

  tooManyErrors: reply(421, '4.7.0', 'Too many errors'),
  tooManyConnections: reply(421, '4.7.0', 'Too many connections from your address'),
  serverBusy: reply(421, '4.3.2', 'Too many connections, try again later'),
  shuttingDown: reply(421, '4.3.2', 'Server is shutting down'),
  timeout: reply(421, '4.4.2', 'Timeout, closing connection'),
  tooSlow: reply(421, '4.4.2', 'Message comes too slowly, closing connection'),
  loginBlocked: reply(421, '4.7.0', 'Too many failed logins, try again later'),
  blocked: reply(554, '5.7.1', 'Access denied'),
  spokeTooSoon: reply(554, '5.5.1', 'Protocol error: client spoke before its turn'),
  notSmtp: reply(421, '4.7.0', 'This is SMTP'),

  unknownCommand: reply(500, '5.5.1', 'Command not recognized'),
  lineTooLong: reply(500, '5.5.2', 'Line too long'),
  controlCharacters: reply(501, '5.5.2', 'Control characters in command'),
  noArgument: reply(501, '5.5.4', 'Command takes no argument'),
  heloSyntax: reply(501, '5.5.4', 'Syntax: EHLO hostname'),
  notImplemented: reply(502, '5.5.1', 'Command not implemented'),
  heloFirst: reply(503, '5.5.1', 'Send EHLO first'),
  nestedMail: reply(503, '5.5.1', 'Nested MAIL command'),
  mailFirst: reply(503, '5.5.1', 'Send MAIL first'),
  recipientFirst: reply(503, '5.5.1', 'Send RCPT first'),
  transactionOpen: reply(503, '5.5.1', 'Not during a mail transaction'),
  alreadyLoggedIn: reply(503, '5.5.1', 'Already authenticated'),
  noValidRecipients: reply(554, '5.5.1', 'No valid recipients'),

  authRequired: reply(530, '5.7.0', 'Authentication required'),
  encryptionRequired: reply(538, '5.7.11', 'Encryption required for authentication'),
  badCredentials: reply(535, '5.7.8', 'Authentication credentials invalid'),
  loginBusy: reply(454, '4.7.0', 'Temporary authentication failure'),

  senderSyntax: reply(501, '5.1.7', 'Bad sender address syntax'),
  recipientSyntax: reply(501, '5.1.3', 'Bad recipient address syntax'),
  badParameter: reply(501, '5.5.4', 'Bad parameter value'),
  unknownParameter: reply(555, '5.5.4', 'Parameter not recognized'),
  utf8Required: reply(553, '5.6.7', 'Address needs SMTPUTF8'),
  tooManyRecipients: reply(452, '4.5.3', 'Too many recipients'),
  relayingDenied: reply(550, '5.7.1', 'Relaying denied'),
  unknownRecipient: reply(550, '5.1.1', 'No such recipient here'),
  recipientDeferred: reply(452, '4.2.2', 'Recipient cannot take mail now'),
  recipientRefused: reply(550, '5.2.1', 'Recipient does not take mail'),
  localError: reply(451, '4.3.0', 'Local error, try again later'),
  storageFull: reply(452, '4.3.1', 'Insufficient storage, try again later'),

  messageTooLarge: reply(552, '5.3.4', 'Message too large'),
  messageLineTooLong: reply(552, '5.3.4', 'Line in message too long'),
  bareLineEnd: reply(550, '5.6.11', 'Message has a bare CR or LF'),
  nulInMessage: reply(550, '5.6.0', 'Message has a NUL byte'),
  mailLoop: reply(554, '5.4.6', 'Mail loop: too many hops'),
} as const satisfies Record<string, Reply>;
