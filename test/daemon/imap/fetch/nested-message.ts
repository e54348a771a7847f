/** A message with a message in it, and what FETCH tells of a folder, for the tests of FETCH. */
import { fetchMessages } from '../../../../daemon/imap/fetch/fetch-messages.ts';
import type { MessageStructure, Part } from '../../../../daemon/mailboxes/structure/message-structure.ts';
import { command } from '../parse/read-commands.ts';
import { FakeFolder, type FakeMessage } from './fake-folder.ts';

export interface FetchOptions {
  readonly readOnly?: boolean;
  readonly recent?: readonly number[];
  readonly uid?: boolean;
  readonly condstore?: boolean;
  readonly utf8?: boolean;
  readonly newKeywords?: () => string;
}

export async function fetched(folder: FakeFolder, items: string, options: FetchOptions = {}) {
  const parsed = command(`FETCH 1 ${items}`);
  if (parsed.name !== 'FETCH') throw new Error('no FETCH');
  const chunks: Buffer[] = [];
  const { missing } = await fetchMessages({
    view: folder.view(options),
    mailboxes: folder,
    uids: folder.messages.map(({ uid }) => uid),
    items: parsed.items,
    uid: options.uid ?? false,
    condstore: options.condstore ?? false,
    utf8: options.utf8 ?? false,
    newKeywords: options.newKeywords ?? (() => ''),
    out: {
      write: (chunk) => {
        chunks.push(chunk);
        return undefined;
      },
    },
    signal: new AbortController().signal,
  });
  return { text: Buffer.concat(chunks).toString('latin1'), chunks, missing };
}

const base = {
  headerStart: 0,
  lines: 1,
  type: 'TEXT',
  subtype: 'PLAIN',
  parameters: [],
  id: null,
  description: null,
  encoding: '7BIT',
  md5: null,
  disposition: null,
  language: [],
  location: null,
} as const;
export const envelope = {
  date: 'Mon',
  subject: 'a "b"',
  from: [{ name: null, route: null, mailbox: 'ann', host: 'example.org' }],
  sender: [{ name: 'A\\n', route: null, mailbox: 'ann', host: 'example.org' }],
  replyTo: [],
  to: [
    { name: null, route: null, mailbox: 'team', host: null },
    { name: null, route: null, mailbox: 'bob', host: 'x' },
    { name: null, route: null, mailbox: null, host: null },
  ],
  cc: [],
  bcc: [],
  inReplyTo: null,
  messageId: '<1@x>',
} as const;

/** A multipart with a text and a message in it. */
export const inner = 'Subject: inner\r\n\r\nhello\r\n';
export const pieces = [
  'Subject: outer\r\nX-A: 1\r\n 2\r\nTo: b\r\n\r\n',
  '--b\r\n',
  'Content-Language: en\r\n\r\n',
  'text',
  '\r\n--b\r\n',
  'Content-Type: message/rfc822\r\n\r\n',
  inner,
  '--b--\r\n',
];
export const text = pieces.join('');
const startOf = (piece: number): number => pieces.slice(0, piece).join('').length;
export const innerPart: Part = {
  ...base,
  kind: 'single',
  headerStart: startOf(6),
  bodyStart: startOf(6) + 18,
  bodyEnd: startOf(7),
};
export const structure: MessageStructure = {
  envelope,
  root: {
    ...base,
    kind: 'multipart',
    subtype: 'MIXED',
    type: 'MULTIPART',
    parameters: [['BOUNDARY', 'b']],
    bodyStart: startOf(1),
    bodyEnd: text.length,
    parts: [
      {
        ...base,
        kind: 'single',
        headerStart: startOf(2),
        bodyStart: startOf(3),
        bodyEnd: startOf(4),
        language: ['en', 'de'],
      },
      {
        ...base,
        kind: 'message',
        type: 'MESSAGE',
        subtype: 'RFC822',
        headerStart: startOf(5),
        bodyStart: startOf(6),
        bodyEnd: startOf(7),
        envelope,
        content: innerPart,
        disposition: { type: 'attachment', parameters: [['filename', 'gr\u00fc\u00dfe\r\n.txt']] },
      },
    ],
  },
};
export const nested = (more: Partial<FakeMessage> = {}) =>
  new FakeFolder([{ uid: 7, text, structure, bits: 1, ...more }]);
