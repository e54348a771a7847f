import { describe, expect, it } from 'vitest';
import { ChangesUnderWay } from '../../../daemon/mailboxes/changes-under-way.ts';

describe('changes under way', () => {
  it('are known by the first and the last that was begun, until they end, well or not', async () => {
    const changes = new ChangesUnderWay();
    const ends: { ok: () => void; fails: () => void }[] = [];
    const settled: number[] = [];
    const begin = (mailboxId: number) =>
      changes.run(
        mailboxId,
        () => new Promise<void>((ok, fails) => ends.push({ ok, fails: () => fails(new Error('no')) })),
        () => settled.push(changes.first(mailboxId)),
      );
    expect([changes.last(1), changes.first(1)]).toEqual([0, Number.POSITIVE_INFINITY]);
    const [a, b, c] = [begin(1), begin(2), begin(1)];
    expect([changes.first(1), changes.last(1), changes.first(2)]).toEqual([1, 3, 2]);
    ends[0]?.fails();
    await expect(a).rejects.toThrow('no');
    ends[2]?.ok();
    await c;
    expect(settled).toEqual([3, Number.POSITIVE_INFINITY]);
    expect([changes.last(1), changes.last(2)]).toEqual([0, 3]);
    ends[1]?.ok();
    await b;
  });
});
