/**
 * The text of a delivery report: multipart/report (RFC 3462) of a part for people, one for programs (RFC 3464, for
 * internationalised mail RFC 6533), and the message or its header. Pure: what is reported to whom is decided elsewhere.
 *
 * Whatever came from a stranger is cleaned: no line of a report can be made by a reply or an address.
 */
import { isIP } from 'node:net';
import type { Settled } from './outcome.ts';

export type ReportKind = 'failed' | 'delayed' | 'relayed';

export interface ReportInput {
  readonly kind: ReportKind;
  /** Name of this server. */
  readonly hostname: string;
  readonly to: string;
  /** Of the message reported on. */
  readonly queueId: number;
  readonly arrivedAt: number;
  readonly expiresAt: number;
  readonly envelopeId: string | null;
  readonly recipients: readonly Settled[];
  /** What of the message goes back with the report. */
  readonly returned: { readonly part: 'message' | 'headers'; readonly bytes: Buffer };
  readonly at: number;
  /** Unique: makes the Message-ID and the boundary. */
  readonly token: string;
}

export interface Report {
  readonly content: Buffer;
  readonly subject: string;
  readonly messageId: string;
  /** Something in it is not ASCII: it needs 8BITMIME. */
  readonly eightBit: boolean;
  /** An address in its header is not ASCII: it needs SMTPUTF8. */
  readonly smtpUtf8: boolean;
}

const subjects = {
  failed: 'Undelivered mail returned to sender',
  delayed: 'Your mail is delayed',
  relayed: 'Your mail was relayed',
} as const;

/** RFC 5322 2.1.1: lines should be at most 78 characters. */
const LINE = 78;
const hasHighByte = (bytes: Buffer): boolean => bytes.some((byte) => byte >= 0x80);

export function buildReport(input: ReportInput): Report {
  const { kind, hostname, to, token, at, returned } = input;
  const smtpUtf8 = /[^\0-\x7f]/.test(to + input.recipients.map((r) => r.attempt.recipient.address).join(''));
  const boundary = `=_report_${token}`;
  const messageId = `<${token}@${hostname}>`;
  const subject = subjects[kind];
  const status = smtpUtf8 ? 'message/global-delivery-status' : 'message/delivery-status';
  const part = (type: string) => ['', `--${boundary}`, `Content-Type: ${type}`];
  const body = Buffer.concat([
    ...[
      `From: Mail Delivery System <MAILER-DAEMON@${hostname}>`,
      `To: <${clean(to, smtpUtf8)}>`,
      `Subject: ${subject}`,
      `Date: ${rfc5322Date(at)}`,
      `Message-ID: ${messageId}`,
      'Auto-Submitted: auto-replied',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status;',
      ` boundary="${boundary}"`,
      '',
      'This is a MIME message with a delivery report (RFC 3464).',
      ...part('text/plain; charset=utf-8'),
      `Content-Transfer-Encoding: ${smtpUtf8 ? '8bit' : '7bit'}`,
      '',
      ...humanPart(input, smtpUtf8),
      ...part(status),
      '',
      ...statusPart(input, smtpUtf8),
      ...part(returnedType(returned, smtpUtf8)),
      ...(hasHighByte(returned.bytes) ? ['Content-Transfer-Encoding: 8bit'] : []),
      '',
    ].map((line) => Buffer.from(`${line}\r\n`)),
    returned.bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { content: body, subject, messageId, smtpUtf8, eightBit: hasHighByte(body) };
}

function returnedType({ part, bytes }: ReportInput['returned'], smtpUtf8: boolean): string {
  // RFC 6533 4: headers in UTF-8 stand in message/global; an 8-bit body alone is no reason for it.
  if (part === 'message') return smtpUtf8 ? 'message/global' : 'message/rfc822';
  return smtpUtf8 || hasHighByte(bytes) ? 'message/global-headers' : 'text/rfc822-headers';
}

function humanPart(input: ReportInput, utf8: boolean): readonly string[] {
  const { kind, hostname, recipients, expiresAt, returned } = input;
  const intro = {
    failed: [
      `This is the mail system at ${hostname}.`,
      '',
      'Your message could not be delivered to the recipients below. It will not be tried',
      'again. The reason that the other server gave stands with each of them: check the',
      'address, or show the reason to the one who looks after your mail.',
    ],
    delayed: [
      `This is the mail system at ${hostname}.`,
      '',
      'Your message has not been delivered yet to the recipients below. You need not do',
      `anything: it will be tried again until ${new Date(expiresAt).toUTCString()}.`,
    ],
    relayed: [
      `This is the mail system at ${hostname}.`,
      '',
      'Your message was handed on to the servers below. They do not report deliveries, so',
      'this is the last that you will hear of it unless it fails.',
    ],
  }[kind];
  const each = recipients.flatMap(({ attempt, result }) => [
    '',
    `<${clean(attempt.recipient.address, utf8)}>`,
    ...wrap(clean(result.reply, utf8), LINE - 4).map((line) => `    ${line}`),
    ...(result.host === null ? [] : [`    (from ${clean(result.host, utf8)})`]),
  ]);
  const what = returned.part === 'message' ? 'Your message' : 'The header of your message';
  return [...intro, ...each, '', `${what} is attached.`];
}

function statusPart(input: ReportInput, utf8: boolean): readonly string[] {
  const { envelopeId, hostname, arrivedAt, queueId } = input;
  const head = [
    ...(envelopeId === null ? [] : field('Original-Envelope-Id', clean(envelopeId, false))),
    ...field('Reporting-MTA', `dns; ${hostname}`),
    ...field('X-Queue-ID', String(queueId)),
    ...field('Arrival-Date', rfc5322Date(arrivedAt)),
  ];
  return [...head, ...input.recipients.flatMap((settled) => ['', ...recipientFields(input, settled, utf8)])];
}

function recipientFields(
  { kind, at, expiresAt }: ReportInput,
  { attempt, result }: Settled,
  utf8: boolean,
): readonly string[] {
  const { address, originalRecipient } = attempt.recipient;
  const type = /[^\0-\x7f]/.test(address) ? 'utf-8' : 'rfc822';
  return [
    ...(originalRecipient === null
      ? []
      : field('Original-Recipient', clean(originalRecipient, utf8).replace(/;\s*/, '; '))),
    ...field('Final-Recipient', `${type}; ${clean(address, utf8)}`),
    ...field('Action', kind),
    ...field('Status', statusCode(kind, result)),
    ...(result.host === null ? [] : field('Remote-MTA', `dns; ${hostName(result.host)}`)),
    // RFC 3464 2.3.6: only what a server said; our own findings are not of type smtp.
    ...field('Diagnostic-Code', `${result.code === null ? 'x-maild' : 'smtp'}; ${clean(result.reply, utf8)}`),
    ...field('Last-Attempt-Date', rfc5322Date(at)),
    ...(kind === 'delayed' ? field('Will-Retry-Until', rfc5322Date(expiresAt)) : []),
  ];
}

/** RFC 3464 2.1.2: a host without a name is an address in brackets. */
const hostName = (host: string): string => (isIP(host) === 0 ? clean(host, false) : `[${host}]`);

/** RFC 3463: the class must fit the action, whatever the server made of it; an expired delivery keeps its 4.4.7. */
function statusCode(kind: ReportKind, { enhancedCode }: Settled['result']): string {
  if (kind === 'failed') return enhancedCode ?? '5.0.0';
  const wanted = kind === 'delayed' ? '4' : '2';
  return enhancedCode?.startsWith(`${wanted}.`) ? enhancedCode : `${wanted}.0.0`;
}

/** One header field, folded at spaces; what has no spaces is cut at the length that no line may exceed. */
function field(name: string, value: string): readonly string[] {
  const [first = '', ...more] = wrap(`${name}: ${value}`, LINE);
  return [first, ...more.map((line) => `  ${line}`)];
}

/** Longest run without a space that is kept whole: a line may have 998 characters (RFC 5322 2.1.1). */
const MAX_WORD = 900;

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((w) => w.match(new RegExp(`.{1,${MAX_WORD}}`, 'gu')) ?? [])) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Hostile text on one line: no control characters, no bidirectional overrides, and no more than ASCII unless allowed. */
function clean(text: string, utf8: boolean): string {
  const line = text.replace(/[\0-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g, ' ').trim();
  return utf8 ? line : line.replace(/[^\x20-\x7e]/gu, '?');
}

function rfc5322Date(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}
