/**
 * Mail of all sorts to hand around between servers and programs, made by chance that can be had again: plain and
 * nested MIME, 8-bit text, long lines, dots and `From ` at the beginnings of lines, empty bodies, attachments, large ones.
 * Every line ends in CRLF, every message ends with a line, and `X-Corpus` numbers them.
 */
import { Random } from './random.ts';

const largeBytes = 300 * 1024;
const largeEvery = 200;

const words =
  'the minutes of Tuesday are late again because nobody wrote them down so please send what you have'.split(
    ' ',
  );
const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Messages as bytes in Latin-1 strings, a character a byte. */
export function mailCorpus(count: number, { seed = 7, first = 1 } = {}): string[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => message(random, first + i));
}

/** What number a message of the corpus has, wherever its headers went; 0: it is none. */
export const corpusNumber = (text: string): number => Number(/^X-Corpus: (\d+)\r?$/m.exec(text)?.[1] ?? 0);

function message(random: Random, n: number): string {
  const kind = kinds[n % kinds.length] ?? plain;
  const { headers = [], body } = n % largeEvery === 1 ? large(random) : kind(random, n);
  const lines = [
    'From: "Joe, \\"the\\" Sender" <joe@elsewhere.example>',
    'To: ann@example.org, Undisclosed <bob@example.org>',
    `Subject: ${subjects[n % subjects.length]} ${n}`,
    `Message-ID: <${n}.corpus@elsewhere.example>`,
    `Date: ${date(n)}`,
    `X-Corpus: ${n}`,
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

interface Made {
  readonly headers?: readonly string[];
  /** Empty, or whole lines. */
  readonly body: string;
}

const mime = (type: string, ...more: string[]): string[] => [
  'MIME-Version: 1.0',
  `Content-Type: ${type}`,
  ...more,
];

const kinds: readonly ((random: Random, n: number) => Made)[] = [
  plain,
  utf8,
  longLines,
  dots,
  () => ({ body: '' }),
  alternative,
  mixed,
  forwarded,
  (random) => ({
    headers: mime('text/plain; charset=iso-8859-1'),
    body: `Grüße aus Graz\r\n${text(random)}`,
  }),
  broken,
];

function plain(random: Random): Made {
  return { headers: mime('text/plain; charset=us-ascii'), body: text(random) };
}

function utf8(random: Random): Made {
  const body = latin1(`Grüße, 来週の会議, 🍝 und ${'ä'.repeat(random.below(50))}\r\n`) + text(random);
  return {
    headers: mime('text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit'),
    body,
  };
}

function longLines(random: Random): Made {
  const line = 'x'.repeat(900 + random.below(90));
  return {
    headers: [`X-Folded: one\r\n two\r\n\tthree`],
    body: `${line}\r\n${text(random)}${line}  \t\r\n\r\n`,
  };
}

function dots(random: Random): Made {
  return { body: `.\r\n..\r\n.leading\r\nFrom the beginning\r\n>From\r\n${text(random)}...\r\n.\r\n` };
}

function alternative(random: Random, n: number): Made {
  const parts = [
    `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe =\r\n${text(random)}`,
    `Content-Type: text/html; charset="utf-8"\r\n\r\n<p>${latin1('Grüße')}</p>\r\n`,
  ];
  return multipart('alternative', `alt-${n}`, parts);
}

function mixed(random: Random, n: number): Made {
  const inner = multipart('related', `rel-${n}`, [
    `Content-Type: text/html\r\nContent-ID: <a@b>\r\n\r\n${text(random)}`,
    `Content-Type: image/png; name="a.png"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline\r\n\r\n${bytes(random, 2_000)}`,
  ]);
  return multipart('mixed', `mix-${n}`, [
    `${inner.headers?.join('\r\n')}\r\n\r\n${inner.body}`,
    `Content-Type: application/pdf; name*=utf-8''gr%C3%BC%C3%9Fe.pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n${bytes(random, 8_000)}`,
  ]);
}

function forwarded(random: Random, n: number): Made {
  const inner = `From: kim@elsewhere.example\r\nSubject: inside\r\n\r\n${text(random)}`;
  return multipart('mixed', `fwd-${n}`, [`Content-Type: message/rfc822\r\n\r\n${inner}`]);
}

/** A boundary that never comes, a header without a value, one that is not ASCII, white space that means nothing. */
function broken(random: Random): Made {
  return {
    headers: ['Content-Type: multipart/mixed; boundary="never"', 'X-Empty:', 'X-8bit: caf\xe9'],
    body: `\r\n\r\n--nevermore\r\n${text(random)}\t \r\n`,
  };
}

function large(random: Random): Made {
  return {
    headers: mime('application/octet-stream', 'Content-Transfer-Encoding: base64'),
    body: bytes(random, largeBytes),
  };
}

function multipart(type: string, boundary: string, parts: readonly string[]): Made {
  const body = parts.map((part) => `--${boundary}\r\n${part}`).join('\r\n');
  return {
    headers: mime(`multipart/${type};\r\n boundary="${boundary}"`),
    body: `This is MIME.\r\n${body}\r\n--${boundary}--\r\n`,
  };
}

function text(random: Random): string {
  const line = () => Array.from({ length: 4 + random.below(8) }, () => words[random.below(words.length)]);
  return Array.from({ length: 1 + random.below(30) }, () => `${line().join(' ')}\r\n`).join('');
}

function bytes(random: Random, length: number): string {
  const line = () => Array.from({ length: 76 }, () => base64[random.below(64)]).join('');
  const kept = Array.from({ length: 20 }, line);
  return Array.from({ length: Math.ceil(length / 78) }, () => `${kept[random.below(20)]}\r\n`).join('');
}

const latin1 = (value: string): string => Buffer.from(value).toString('latin1');

const subjects = [
  'minutes',
  '=?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
  'Re: [list] a "quoted" {brace} (paren) \\ backslash',
  '=?utf-8?B?5p2l6YCx44Gu5Lya6K2w?= and a\r\n folded line',
  '100% of * and %',
];

/** A minute apart, from the first of January 2026. */
const date = (n: number): string =>
  new Date(Date.UTC(2026, 0, 1) + n * 60_000).toUTCString().replace('GMT', '+0000');
