import { describe, expect, it } from 'vitest';
import { FrameSplitter, FrameTooLongError } from '../../../shared/rpc/frames.ts';

function lines(splitter: FrameSplitter): string[] {
  const found: string[] = [];
  for (let line = splitter.next(); line !== null; line = splitter.next()) found.push(line.toString());
  return found;
}

describe('FrameSplitter', () => {
  it('gives the same lines wherever the bytes are cut', () => {
    const bytes = Buffer.from('{"a":"ü"}\n\n[1,2]\n{"b":"\u{1f4ec}"}\nrest');
    for (let cut = 0; cut <= bytes.length; cut++) {
      const splitter = new FrameSplitter(100);
      const found: string[] = [];
      for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
        splitter.push(part);
        found.push(...lines(splitter));
      }
      expect(found).toEqual(['{"a":"ü"}', '', '[1,2]', '{"b":"\u{1f4ec}"}']);
      expect(splitter.partialBytes).toBe(4);
    }
  });

  it('gives the same lines when they come byte by byte', () => {
    const splitter = new FrameSplitter(100);
    const found: string[] = [];
    for (const byte of Buffer.from('first\nsecond\n')) {
      splitter.push(Buffer.of(byte));
      found.push(...lines(splitter));
    }
    expect(found).toEqual(['first', 'second']);
  });

  it('can be left in the middle of a chunk and asked again after the next one', () => {
    const splitter = new FrameSplitter(100);
    splitter.push(Buffer.from('a\nb\nc'));
    expect(splitter.next()?.toString()).toBe('a');
    splitter.push(Buffer.from('d\n'));
    expect(lines(splitter)).toEqual(['b', 'cd']);
  });

  it('takes a line of the limit and refuses one byte more, ended or not', () => {
    const fits = new FrameSplitter(5);
    fits.push(Buffer.from('12345\n'));
    expect(lines(fits)).toEqual(['12345']);
    for (const tooLong of ['123456\n', '123456']) {
      const splitter = new FrameSplitter(5);
      splitter.push(Buffer.from(tooLong));
      expect(() => splitter.next()).toThrow(FrameTooLongError);
    }
  });

  it('puts a line of 5 MB in 64 KiB chunks together in less than 100 ms', () => {
    const line = Buffer.alloc(5_000_000, 'x');
    const splitter = new FrameSplitter(line.length);
    const started = performance.now();
    for (let at = 0; at < line.length; at += 65_536) {
      splitter.push(line.subarray(at, at + 65_536));
      expect(splitter.next()).toBeNull();
    }
    splitter.push(Buffer.from('\n'));
    expect(splitter.next()?.equals(line)).toBe(true);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('keeps no more memory than the line when it comes byte by byte', () => {
    const splitter = new FrameSplitter(10_000_000);
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 200_000; n++) {
      splitter.push(Buffer.of(120));
      splitter.next();
    }
    expect(splitter.partialBytes).toBe(200_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000);
  });
});
