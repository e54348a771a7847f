/**
 * Mail of all kinds, made by chance that can be had again: nested parts, odd headers, and much that is broken in the ways in
 * which mail is. A character for each byte, lines end in CRLF.
 */
import { Random } from './random.ts';

const pick = <T>(random: Random, from: readonly [T, ...T[]]): T => from[random.below(from.length)] ?? from[0];

const dates = [
  'Mon, 7 Feb 1994 21:52:25 -0800 (PST)',
  'Tue, 27 Feb 2024 10:00:00 +0000',
  '1 Jan 70 00:00:01 GMT',
  'Thu, 29 Feb 2024 23:59:60 +1400',
  'yesterday',
  '',
] as const;

const addresses = [
  'ann@example.org',
  '<bob@example.org>',
  'Ann Example <ann@example.org>',
  '"Example, Ann" <ann@example.org>',
  '"A \\"q\\" n" <"odd local"@example.org>',
  'ann@example.org (Ann Comment)',
  '(before) ann (mid) @ (x) example.org (after (nested))',
  '=?utf-8?q?J=C3=BCrgen?= <j@example.org>',
  'J\xfcrgen <j@example.org>',
  'J\u00c3\u00bcrgen <j@example.org>',
  'Team: a@x.org, "B" <b@y.org>;',
  'undisclosed-recipients:;',
  '<@route.org,@b.org:ann@example.org>',
  'Name Without Address',
  'ann@',
  '@example.org',
  '<>',
  'a@[192.0.2.1]',
  'first.last@sub.example.org, second@example.org',
  'x@y, , z@w',
  'a b c@d',
  'unclosed <a@b',
  '"unclosed a@b',
] as const;

const subjects = [
  'Hello',
  'A longer subject\r\n that goes on\r\n\tand on',
  '=?utf-8?b?R3LDvMOfZQ==?= and more',
  'raw 8-bit gr\xfc\xdfe',
  'raw utf-8 gr\u00c3\u00bc\u00c3\u009fe',
  '"quoted" \\ backslash',
  '',
  '  spaces   around  ',
  'invoice 4711',
  'x'.repeat(1_200),
] as const;

const bodies = [
  'Hello world\r\n',
  'needle in a haystack\r\nsecond line\r\n',
  'no line end at the end',
  '',
  '\r\n',
  '\r\n\r\n\r\n',
  '.leading dot\r\n..two\r\n',
  '8-bit: \xe4\xf6\xfc\r\n',
  'utf-8: \u00c3\u00a4\u00c3\u00b6\r\n',
  `${'long line '.repeat(300)}\r\n`,
  'From the start\r\n>From quoted\r\n',
] as const;

function header(random: Random, nr: number): string {
  const fields: string[] = [];
  const put = (chance: number, name: string, value: string): void => {
    if (random.chance(chance)) fields.push(`${name}: ${value}`);
  };
  put(0.3, 'Received', `from x (y [192.0.2.${nr % 250}])\r\n\tby z; ${dates[1]}`);
  put(0.9, 'Date', pick(random, dates));
  put(0.9, 'From', pick(random, addresses));
  put(0.2, 'Sender', pick(random, addresses));
  put(0.2, 'Reply-To', pick(random, addresses));
  put(0.9, 'To', `${pick(random, addresses)},\r\n ${pick(random, addresses)}`);
  put(0.2, 'To', pick(random, addresses));
  put(0.4, 'cc', pick(random, addresses));
  put(0.2, 'BCC', pick(random, addresses));
  put(0.9, 'Subject', pick(random, subjects));
  put(0.1, 'Subject', 'a second one');
  put(0.8, 'Message-ID', `<${nr}.${random.below(1_000)}@example.org>`);
  put(0.2, 'In-Reply-To', `<a@b>\r\n <c@d>`);
  put(0.3, 'X-Nr', `${nr}`);
  put(0.1, 'X-Empty', '');
  put(0.05, 'Spaced ', 'name before its colon');
  return fields.map((field) => `${field}\r\n`).join('');
}

const textTypes = [
  'text/plain',
  'text/plain; charset=utf-8',
  'TEXT/Html; Charset="ISO-8859-15"',
  'text/plain; charset=us-ascii; format=flowed; delsp=yes',
  'text/plain; name="a \\"b\\".txt"',
  'text/plain; charset=x-unknown (a comment)',
  'text',
  'text/plain;',
  'text/calendar; method=REQUEST',
] as const;
const otherTypes = [
  'application/octet-stream; name=a.bin',
  'image/png; name="=?utf-8?q?b=C3=BC.png?="',
  "application/pdf; name*=utf-8''gr%C3%BC%C3%9Fe.pdf",
  "application/pdf; name*0*=utf-8''a%20; name*1*=b%20; name*2=c.pdf",
  'application/x; a=1; b="2"; c=3',
  'application/broken type',
  'application/',
  '/x',
  'message/delivery-status',
  'message/partial; id=1; number=1',
  'audio/basic (comment) ; x = y',
] as const;
const dispositions = [
  'inline',
  'attachment; filename=a.txt',
  'ATTACHMENT; filename="b c.txt"; size=12',
  "attachment; filename*=utf-8'de'gr%C3%BC%C3%9Fe.txt",
  'attachment; filename*0=one; filename*1=two; filename*2*=%20three',
  'attachment; filename="unclosed',
  '',
] as const;

const encoded: readonly [string, ...string[]] = [
  `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64('Gr\u00fc\u00dfe aus dem base64 needle\r\n')}`,
  `Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe und ein lan=\r\nges Wort: needle\r\n`,
  `Content-Type: text/html; charset=windows-1252\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>caf=E9 <b>nee</b>dle &uuml;</p>\r\n`,
  `Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64('binary needle\0\u0001')}`,
  `Content-Type: text/plain; charset=koi8-r\r\n\r\n\xf0\xd2\xc9\xd7\xc5\xd4\r\n`,
];

function base64(text: string): string {
  return `${Buffer.from(text).toString('base64')}\r\n`;
}

function partFields(random: Random): string {
  const fields: string[] = [];
  const put = (chance: number, name: string, value: string): void => {
    if (random.chance(chance)) fields.push(`${name}: ${value}\r\n`);
  };
  put(
    0.5,
    'Content-Transfer-Encoding',
    pick(random, ['7bit', '8bit', 'base64', 'QUOTED-PRINTABLE', 'x-odd', '7bit (c)', '']),
  );
  put(0.2, 'Content-ID', '<part@example.org>');
  put(0.2, 'Content-Description', pick(random, ['plain words', '=?utf-8?q?=C3=BC?=', 'two\r\n lines']));
  put(0.3, 'Content-Disposition', pick(random, dispositions));
  put(0.1, 'Content-MD5', 'Q2hlY2sgSW50ZWdyaXR5IQ==');
  put(0.1, 'Content-Language', pick(random, ['en', 'en, de', 'de-AT , fr', '']));
  put(0.1, 'Content-Location', 'http://example.org/x');
  return fields.join('');
}

/** Content fields, an empty line, a body. */
function entity(random: Random, depth: number): string {
  const kind = random.below(10);
  if (depth > 0 && kind < 4) return multipart(random, depth);
  if (depth > 0 && kind === 4) {
    return `Content-Type: message/rfc822\r\n${partFields(random)}\r\n${message(random, depth - 1)}`;
  }
  if (kind === 5) return pick(random, encoded);
  const type = random.chance(0.6) ? pick(random, textTypes) : pick(random, otherTypes);
  const named = random.chance(0.85) ? `Content-Type: ${type}\r\n` : '';
  return `${named}${partFields(random)}\r\n${pick(random, bodies)}`;
}

function multipart(random: Random, depth: number): string {
  const boundary = pick(random, ['b', 'b1', '=_x y', `----=_${depth}`, "'()+_,-./:=?", 'outer']);
  const subtype = pick(random, [
    'mixed',
    'alternative',
    'Related; type="text/html"',
    'digest',
    'report',
    'signed',
  ]);
  const parts = Array.from({ length: random.below(4) + (random.chance(0.9) ? 1 : 0) }, () =>
    entity(random, depth - 1),
  );
  const preamble = random.chance(0.2) ? 'This is a preamble.\r\n' : '';
  const open = random.chance(0.05) ? `--${boundary}  \r\n` : `--${boundary}\r\n`;
  const close = random.chance(0.9) ? `\r\n--${boundary}--\r\n` : '';
  const epilogue = random.chance(0.2) ? 'An epilogue.\r\n' : '';
  const given = random.chance(0.95) ? `; boundary="${boundary}"` : '';
  return (
    `Content-Type: multipart/${subtype}${given}\r\n${partFields(random)}\r\n` +
    `${preamble}${parts.map((part) => `${open}${part}`).join('\r\n')}${close}${epilogue}`
  );
}

function message(random: Random, depth: number, nr = 0): string {
  const version = random.chance(0.9) ? 'MIME-Version: 1.0\r\n' : '';
  return `${header(random, nr)}${version}${entity(random, depth)}`;
}

/** What no chance makes. */
const fixed: readonly string[] = [
  'Subject: only a header\r\n',
  'Subject: only a header\r\n\r\n',
  '\r\nonly a body\r\n',
  'no header at all, just words\r\n',
  'Subject: a\r\nthis line has no colon\r\nTo: b@c\r\n\r\nbody\r\n',
  'Subject: a\r\n: no name\r\nTo: b@c\r\n\r\nbody\r\n',
  ' begins with white space\r\nSubject: a\r\n\r\nbody\r\n',
  'Subject: x\r\n \r\n more\r\n\r\nbody\r\n',
  'Subject:no space\r\nTo:a@b\r\n\r\nbody',
  'Content-Type: multipart/mixed; boundary=x\r\nMIME-Version: 1.0\r\n\r\nnothing of it here\r\n',
  'Content-Type: multipart/mixed; boundary=x\r\nMIME-Version: 1.0\r\n\r\n--x--\r\n',
  'Content-Type: multipart/mixed; boundary=x\r\nMIME-Version: 1.0\r\n\r\n--x\r\n\r\n--x\r\n--x\r\n\r\na\r\n--x--\r\n',
  'Content-Type: message/rfc822\r\nMIME-Version: 1.0\r\n\r\nSubject: inside\r\n\r\ntext\r\n',
  'Content-Type: message/rfc822\r\nMIME-Version: 1.0\r\n\r\nSubject: inside\r\nContent-Type: multipart/mixed; boundary=y\r\nMIME-Version: 1.0\r\n\r\n--y\r\n\r\none\r\n--y\r\n\r\ntwo\r\n--y--\r\n',
  'Content-Type: message/rfc822\r\nMIME-Version: 1.0\r\n\r\n',
  'Subject: no version\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>\r\n',
  `To: ${Array.from({ length: 300 }, (_, i) => `n${i}@example.org`).join(',\r\n ')}\r\nSubject: many\r\n\r\nx\r\n`,
];

export function oddMail(count: number): readonly string[] {
  const random = new Random(5);
  const made = Array.from({ length: Math.max(0, count - fixed.length) }, (_, nr) => message(random, 4, nr));
  return [...fixed, ...made];
}
