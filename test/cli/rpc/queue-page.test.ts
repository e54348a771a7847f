import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { queuePage } from '../../../cli/rpc/queue-page.ts';

const page = (rows: readonly unknown[], next: string | null, between = ',\t') =>
  Buffer.from(
    `{"messages":[${rows.map((row) => JSON.stringify(row)).join(between)}],"next":${JSON.stringify(next)}}`,
  );

describe('a page of the queue', () => {
  it.each([
    ['none', []],
    ['one', [{ id: 1 }]],
    ['three', [{ id: 1 }, { id: 2, to: ['a', 'b'] }, { id: 3 }]],
    [
      'hostile ones',
      [{ subject: '],"next":"x"}' }, { subject: ',\t\n\u2028ü\u{1f4ec}' }, { subject: '\\"' }],
    ],
  ])('becomes JSON Lines: %s', (_name, rows) => {
    const { lines, next } = queuePage(page(rows, 'cur"sor'));
    expect(next).toBe('cur"sor');
    expect(lines.toString()).toBe(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  });

  it('becomes the same when its rows are not set apart by tabs', () => {
    const rows = [{ id: 1 }, { id: 2 }];
    expect(queuePage(page(rows, null, ',')).lines.toString()).toBe('{"id":1}\n{"id":2}\n');
    expect(queuePage(page(rows, null, ',')).next).toBeNull();
  });

  it('becomes the same when its members are in another order', () => {
    const { lines, next } = queuePage(Buffer.from('{"next":"a","messages":[{"id":1}]}'));
    expect([lines.toString(), next]).toEqual(['{"id":1}\n', 'a']);
  });

  it('is cut without a row being parsed', () => {
    const bytes = page(
      Array.from({ length: 2_000 }, (_, id) => ({ id })),
      'cursor',
    );
    const parse = vi.spyOn(JSON, 'parse');
    onTestFinished(() => parse.mockRestore());
    expect(queuePage(bytes).next).toBe('cursor');
    expect(parse.mock.calls.filter(([text]) => text.length > 100)).toEqual([]);
  });
});
