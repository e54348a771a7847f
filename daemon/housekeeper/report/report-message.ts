/** A daily report as a message: text and HTML, one beside the other (RFC 2046 5.1.4). */
import MimeNode from 'nodemailer/lib/mime-node';
import { type ReportFacts, reportTime } from './report-data.ts';
import { reportHtml } from './report-html.ts';
import { reportText } from './report-text.ts';

export interface ReportMessage {
  readonly content: Buffer;
  readonly subject: string;
  readonly messageId: string;
}

/** `token`: unique, makes the Message-ID. */
export async function buildReportMessage(
  facts: ReportFacts,
  to: string,
  token: string,
): Promise<ReportMessage> {
  const { hostname, to: at, warnings } = facts;
  const errors = warnings.filter(({ severity }) => severity === 'error').length;
  const subject = `Daily report of ${hostname}, ${reportTime(at).slice(0, 10)}${errors > 0 ? `: ${errors} errors` : ''}`;
  const messageId = `<${token}@${hostname}>`;
  const root = new MimeNode('multipart/alternative', { disableFileAccess: true, disableUrlAccess: true });
  root.setHeader({
    From: { name: 'maild', address: `postmaster@${hostname}` },
    To: to,
    Subject: subject,
    Date: new Date(at).toUTCString().replace('GMT', '+0000'),
    'Message-ID': messageId,
    // RFC 3834 5: nobody is to answer it by machine.
    'Auto-Submitted': 'auto-generated',
  });
  root.createChild('text/plain; charset=utf-8').setContent(withCrlf(reportText(facts)));
  root.createChild('text/html; charset=utf-8').setContent(withCrlf(reportHtml(facts)));
  return { content: await root.build(), subject, messageId };
}

/** The library leaves line breaks as they are, and a bare LF must not be in a message (RFC 5321 2.3.8). */
const withCrlf = (text: string): string => text.replaceAll('\n', '\r\n');
