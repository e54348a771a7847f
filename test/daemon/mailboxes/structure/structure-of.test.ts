import { describe, expect, it } from 'vitest';
import type { Part } from '../../../../daemon/mailboxes/structure/message-structure.ts';
import { structureOf } from '../../../../daemon/mailboxes/structure/structure-of.ts';

/** Line ends as they travel. */
const bytes = (text: string): Buffer => Buffer.from(text.replace(/\n/g, '\r\n'), 'latin1');
const rootOf = (text: string): Part => structureOf(bytes(text)).root;
const partsOf = (part: Part): readonly Part[] => (part.kind === 'multipart' ? part.parts : []);
const bodyOf = (message: Buffer, part: Part | undefined): string =>
  part === undefined ? 'no part' : message.toString('latin1', part.bodyStart, part.bodyEnd);
/** `mixed(plain,alternative(plain,html))`. */
function outline(part: Part): string {
  switch (part.kind) {
    case 'single':
      return part.subtype;
    case 'multipart':
      return `${part.subtype}(${part.parts.map(outline).join(',')})`;
    case 'message':
      return `rfc822(${outline(part.content)})`;
  }
}

describe('a message without MIME', () => {
  it('is one part of plain text, from the empty line to its end', () => {
    const message = bytes('Subject: x\n\none\ntwo\n');
    const { root } = structureOf(message);
    expect(root).toMatchObject({
      kind: 'single',
      type: 'text',
      subtype: 'plain',
      encoding: '7bit',
      lines: 2,
    });
    expect(bodyOf(message, root)).toBe('one\r\ntwo\r\n');
  });

  it('has no other fields, whatever it says of its content', () => {
    expect(rootOf('Content-Disposition: attachment\n\nx').disposition).toBeNull();
    expect(rootOf('MIME-Version: 1.0\nContent-Disposition: attachment\n\nx').disposition).toEqual({
      type: 'attachment',
      parameters: [],
    });
  });

  it.each([
    ['nothing at all', '', 0, 0],
    ['an empty line', '\n', 2, 2],
    ['a header that has no end', 'Subject: x', 10, 10],
    ['no header', '\nbody', 2, 6],
  ])('may be %s', (_, text, bodyStart, bodyEnd) => {
    expect(rootOf(text)).toMatchObject({ kind: 'single', bodyStart, bodyEnd });
  });
});

describe('a multipart', () => {
  const head = 'Content-Type: multipart/mixed; boundary=b\n\n';

  it('has the bytes between its boundaries as parts, without the line end before a boundary', () => {
    const message = bytes(
      `${head}preamble\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n\n--b--\nepilogue\n`,
    );
    const { root } = structureOf(message);
    expect(partsOf(root).map((part) => [part.subtype, bodyOf(message, part), part.lines])).toEqual([
      ['plain', 'one', 0],
      ['html', 'two\r\n', 1],
    ]);
  });

  it('is the same with line ends of one byte', () => {
    const message = Buffer.from(`${head}--b\n\none\n--b\n\ntwo\n--b--\n`);
    expect(partsOf(structureOf(message).root).map((part) => bodyOf(message, part))).toEqual(['one', 'two']);
  });

  it('may be cut off anywhere', () => {
    expect(outline(rootOf(`${head}--b\n\none`))).toBe('mixed(plain)');
    expect(outline(rootOf(`${head}--b\n`))).toBe('mixed(plain)');
    expect(outline(rootOf(`${head}--b\nContent-Type: text/html`))).toBe('mixed(html)');
    expect(outline(rootOf(`${head}no boundary`))).toBe('mixed(plain)');
  });

  it('has an empty part when it has none: IMAP cannot write it otherwise', () => {
    const [part] = partsOf(rootOf(head));
    expect(part).toMatchObject({ kind: 'single', type: 'text', lines: 0 });
    expect(part?.bodyStart).toBe(part?.bodyEnd);
  });

  it('ends where the boundary of one around it stands', () => {
    const inner = '--b\nContent-Type: multipart/alternative; boundary=i\n\n--i\n\none\n';
    expect(outline(rootOf(`${head}${inner}--b\n\ntwo\n--b--\n`))).toBe('mixed(alternative(plain),plain)');
  });

  it('is told from another whose boundary begins alike', () => {
    const inner = '--b\nContent-Type: multipart/alternative; boundary=bc\n\n--bc\n\none\n--bc--\n';
    expect(outline(rootOf(`${head}${inner}--b\n\ntwo\n--b--\n`))).toBe('mixed(alternative(plain),plain)');
  });

  it('may have the boundary of the one around it', () => {
    const inner = '--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--b--\n';
    expect(outline(rootOf(`${head}${inner}--b\n\ntwo\n--b--\n`))).toBe('mixed(alternative(plain),plain)');
  });

  it('may have space behind its boundaries, in the lines or in the field', () => {
    expect(partsOf(rootOf(`${head}--b \n\none\n--b\t\n\ntwo\n--b-- \n`))).toHaveLength(2);
    const spaced = 'Content-Type: multipart/mixed; boundary="b "\n\n';
    expect(partsOf(rootOf(`${spaced}--b\n\none\n--b--\n`))).toHaveLength(1);
    expect(partsOf(rootOf(`${spaced}--b \n\none\n--b --\n`))).toHaveLength(1);
  });

  it('may have a boundary right behind a header', () => {
    const { root } = structureOf(bytes(`${head}--b\nContent-Type: text/html\n--b\n\ntwo\n--b--\n`));
    expect(partsOf(root).map(({ subtype, bodyStart, bodyEnd }) => [subtype, bodyEnd - bodyStart])).toEqual([
      ['html', 0],
      ['plain', 3],
    ]);
  });

  it('of messages has messages as parts unless they say otherwise', () => {
    const digest = 'Content-Type: multipart/digest; boundary=b\n\n';
    const parts = '--b\n\nSubject: one\n\nx\n--b\nContent-Type: text/html\n\ntwo\n--b--\n';
    expect(outline(rootOf(digest + parts))).toBe('digest(rfc822(plain),html)');
  });
});

describe('a message within a message', () => {
  it('has an envelope and a structure of its own', () => {
    const message = bytes('Subject: out\nContent-Type: message/rfc822\n\nSubject: in\nFrom: a@b\n\nbody\n');
    const { envelope, root } = structureOf(message);
    expect(envelope.subject).toBe('out');
    expect(root).toMatchObject({ kind: 'message', lines: 4, envelope: { subject: 'in' } });
    expect(root.kind === 'message' && bodyOf(message, root.content)).toBe('body\r\n');
  });
});

describe('the fields of a part', () => {
  const fields = (header: string) => rootOf(`MIME-Version: 1.0\n${header}\n\nx`);

  it('are those of RFC 2045, 2183, 3282 and 2557', () => {
    expect(
      fields(
        `Content-Type: image/png; (a (nested) comment) name="a \\"b\\".png"
Content-Transfer-Encoding: base64
Content-ID: <1@x>
Content-Description: a
  picture
Content-MD5: Q2h1Y2s=
Content-Disposition: inline; filename=a.png
Content-Language: en, de
Content-Location: http://example.org/a`,
      ),
    ).toMatchObject({
      type: 'image',
      subtype: 'png',
      parameters: [['name', 'a "b".png']],
      encoding: 'base64',
      id: '<1@x>',
      description: 'a  picture',
      md5: 'Q2h1Y2s=',
      disposition: { type: 'inline', parameters: [['filename', 'a.png']] },
      language: ['en', 'de'],
      location: 'http://example.org/a',
    });
  });

  it.each([
    ['name*0=a; name*1="b c"', [['name', 'ab c']]],
    ["name*0*=utf-8''a; name*1=b", [['name*', "utf-8''ab"]]],
    ['name*0=a; name*1*=%20b', [['name*', "''a%20b"]]],
    ["name*=utf-8''%e2%82%ac", [['name*', "utf-8''%e2%82%ac"]]],
    ['name*1=b; name*0=a', [['name', 'ab']]],
    [
      'name*0=a; name*2=c',
      [
        ['name*0', 'a'],
        ['name*2', 'c'],
      ],
    ],
    [
      'name=a b; x=y',
      [
        ['name', 'a'],
        ['x', 'y'],
      ],
    ],
    ['name==?utf-8?q?a?=', [['name', '=?utf-8?q?a?=']]],
    ['name="not closed', []],
    ['novalue; x=', [['x', '']]],
    ['name=\u00e9', [['name', '\u00e9']]],
  ])('parameters %s', (text, parameters) => {
    expect(fields(`Content-Type: application/x; ${text}`).parameters).toEqual(parameters);
  });

  it('text is US-ASCII unless it says otherwise', () => {
    expect(fields('Content-Type: text/html').parameters).toEqual([['charset', 'us-ascii']]);
    expect(fields('Content-Type: text/html; charset=utf-8').parameters).toEqual([['charset', 'utf-8']]);
  });

  it.each(['te xt/plain', '/plain', '', '"text"/plain', 'text/plain (not closed'])(
    'a type that cannot be understood is none: %s',
    (type) => {
      expect(fields(`Content-Type: ${type}`)).toMatchObject({ kind: 'single', type: '', subtype: '' });
    },
  );
});
