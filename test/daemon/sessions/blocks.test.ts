import { describe, expect, it } from 'vitest';
import { nullLog } from '../../../daemon/log/logger.ts';
import { Blocks, type NewBlock } from '../../../daemon/sessions/blocks.ts';
import { BlocksStore } from '../../../daemon/sessions/blocks-store.ts';
import type { Reader, Writer } from '../../../daemon/store/store-port.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { noStore } from '../../helpers/no-store.ts';
import { openTestStore, testFolder } from '../../helpers/test-store.ts';

const make = async (store: Reader & Writer, clock: FakeClock): Promise<Blocks> => {
  const blocks = new Blocks(new BlocksStore(store, store), clock, nullLog.for('server'));
  await blocks.load();
  return blocks;
};
const block = (changes: Partial<NewBlock>): NewBlock => ({
  kind: 'address',
  value: '192.0.2.1',
  reason: 'guessing passwords',
  source: 'operator',
  forMs: 60_000,
  ...changes,
});

describe('blocks', () => {
  it('refuse an address or a user until their time is over', async () => {
    const clock = new FakeClock();
    const blocks = await make(noStore, clock);
    await blocks.add(block({}));
    await blocks.add(block({ kind: 'user', value: 'Anna@example.org', reason: 'left us' }));
    expect(blocks.reason('192.0.2.1', null)).toBe('guessing passwords');
    expect(blocks.reason('::ffff:192.0.2.1', null)).toBe('guessing passwords');
    expect(blocks.reason('192.0.2.2', null)).toBeNull();
    expect(blocks.reason('192.0.2.2', 'anna@EXAMPLE.org')).toBe('left us');
    clock.advance(60_000);
    expect(blocks.reason('192.0.2.1', 'anna@example.org')).toBeNull();
    expect(blocks.list()).toEqual([]);
    blocks.close();
  });

  it('take IPv6 in any spelling, one address or the /64 of a host', async () => {
    const blocks = await make(noStore, new FakeClock());
    await blocks.add(block({ value: '2001:DB8:0:0:0::1' }));
    await blocks.add(block({ value: '2001:db8:0:7:1::/64', reason: 'network' }));
    expect(blocks.reason('2001:db8::1', null)).toBe('guessing passwords');
    expect(blocks.reason('2001:db8::2', null)).toBeNull();
    expect(blocks.reason('2001:db8:0:7:ffff::9', null)).toBe('network');
    expect(blocks.list().map(({ value }) => value)).toEqual(['2001:db8::1', '2001:db8:0:7::/64']);
    blocks.close();
  });

  it('refuse to be made of what is no address', async () => {
    const blocks = await make(noStore, new FakeClock());
    for (const value of ['example.org', '192.0.2.0/24', '2001:db8::/32', '']) {
      await expect(blocks.add(block({ value })), value).rejects.toMatchObject({ code: 'params.invalid' });
    }
    blocks.close();
  });

  it('outlive a restart, with ids that are never used again', async () => {
    const folder = await testFolder();
    const clock = new FakeClock();
    const store = await openTestStore(folder);
    const before = await make(store, clock);
    await before.add(block({}));
    const longer = await before.add(block({ reason: 'longer', forMs: 120_000 }));
    const lifted = await before.add(block({ kind: 'user', value: 'x@example.org' }));
    expect(await before.remove([lifted.id, 99])).toEqual({ removed: 1, notFound: [99] });
    before.close();

    const after = await make(store, clock);
    expect(after.list()).toEqual([longer]);
    expect(after.reason('192.0.2.1', 'x@example.org')).toBe('longer');
    expect((await after.add(block({ value: '192.0.2.3' }))).id).toBe(lifted.id + 1);
    after.close();
  });

  it('that ended are taken out of the database', async () => {
    const clock = new FakeClock();
    const store = await openTestStore(await testFolder());
    const blocks = await make(store, clock);
    await blocks.add(block({}));
    clock.advance(120_000);
    // Writes happen in their order, so this one is through after the sweep's.
    await blocks.add(block({ value: '192.0.2.9' }));
    expect((await new BlocksStore(store, store).list()).map(({ value }) => value)).toEqual(['192.0.2.9']);
    blocks.close();
  });
});
