import { describe, expect, it } from 'vitest';
import { keyLines } from '../../../daemon/config/key-lines.ts';

const linesOf = (text: string) => Object.fromEntries(keyLines(text));

describe('lines of keys', () => {
  it('knows keys, tables and repeated tables', () => {
    const text = [
      '# comment = 1',
      'hostname = "a # not a comment"',
      '',
      '[control]  # why',
      "socket = '/run/x'",
      '[[listeners]]',
      'port = 1',
      '[[listeners]]',
      '  port = 2',
      '[scan.clamd]',
      'address="x"',
      'other.deep = 1',
    ].join('\n');
    expect(linesOf(text)).toEqual({
      hostname: 2,
      control: 4,
      'control.socket': 5,
      'listeners[0]': 6,
      'listeners[0].port': 7,
      'listeners[1]': 8,
      'listeners[1].port': 9,
      'scan.clamd': 10,
      'scan.clamd.address': 11,
      'scan.clamd.other': 12,
      'scan.clamd.other.deep': 12,
    });
  });

  it('knows the items of a list that goes over several lines', () => {
    const text = 'a = [\n  "x", # one\n  "]",\n\n  "y"\n]\nb = 1';
    expect(linesOf(text)).toEqual({ a: 1, 'a[0]': 2, 'a[1]': 3, 'a[2]': 5, b: 7 });
  });

  it('knows keys of inline tables', () => {
    expect(linesOf('listeners = [\n { port = 1, tls = "none" },\n { port = 2 } ]\nz = 1')).toEqual({
      listeners: 1,
      'listeners[0]': 2,
      'listeners[0].port': 2,
      'listeners[0].tls': 2,
      'listeners[1]': 3,
      'listeners[1].port': 3,
      z: 4,
    });
  });

  it('is not taken in by what looks like keys within strings', () => {
    const text = 'a = """\nb = 1\n[c]\n\\""""\nd = \'\'\'\ne = 1\'\'\'\n"f g" = "\\"h = 1"\ni = 2';
    expect(linesOf(text)).toEqual({ a: 1, d: 5, '"f g"': 7, i: 8 });
  });

  it.each([
    '[',
    '[[',
    'a',
    'a =',
    'a = [',
    'a = [}',
    'a = {',
    '= 1',
    '"',
    '"""',
    'a = "\\',
    ']',
    '[a]]',
    '\u0000',
  ])('ends on text that is not TOML: %j', (text) => {
    expect(keyLines(text)).toBeInstanceOf(Map);
  });
});
