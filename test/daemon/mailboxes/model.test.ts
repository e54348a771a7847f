/**
 * Views against a plain model: whatever several sessions do to a mailbox, in whatever order they are told of it, each ends
 * up with what is on disk, and its sequence numbers were never wrong on the way (RFC 3501 7.4.1, 5.5).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MailboxView } from '../../../daemon/mailboxes/mailboxes-port.ts';
import { flagText, type TestMailboxes, testMailboxes, uidsOf } from '../../helpers/test-mailboxes.ts';

const sessions = 3;
const session = fc.nat(sessions - 1);
/** Which of the messages that it sees a session means. */
const which = fc.uniqueArray(fc.nat(15), { minLength: 1, maxLength: 4 });
const step = fc.oneof(
  fc.record({ do: fc.constant('deliver' as const), n: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant('append' as const), session }),
  fc.record({ do: fc.constant('store' as const), session, which, bits: fc.constantFrom(1, 4, 8, 9) }),
  fc.record({ do: fc.constant('unstore' as const), session, which, bits: fc.constantFrom(1, 8) }),
  fc.record({ do: fc.constant('keyword' as const), session, which, word: fc.constantFrom('a', 'B') }),
  fc.record({ do: fc.constant('expunge' as const), session }),
  fc.record({ do: fc.constant('remove' as const), session, which }),
  fc.record({ do: fc.constant('copy' as const), session, which }),
  fc.record({ do: fc.constant('move' as const), session, which, away: fc.boolean() }),
  fc.record({ do: fc.constant('sync' as const), session, expunges: fc.boolean() }),
  fc.record({ do: fc.constant('reopen' as const), session, readOnly: fc.boolean() }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What a client believes, from nothing but what it was told. */
class Client {
  view: MailboxView;
  #uids: number[];
  readonly #flags = new Map<number, string>();

  constructor(view: MailboxView) {
    this.view = view;
    this.#uids = uidsOf(view);
    for (const [index, uid] of this.#uids.entries()) this.#flags.set(uid, flagText(view.flagsAt(index + 1)));
  }

  /** The answer to a STORE of its own. */
  stored(states: readonly { uid: number; bits: number; keywords: readonly string[] }[]): void {
    for (const state of states)
      if (this.#uids.includes(state.uid)) this.#flags.set(state.uid, flagText(state));
  }

  sync(expunges: boolean): void {
    for (const change of this.view.sync({ expunges })) {
      if (change.kind === 'expunged') {
        expect(expunges).toBe(true);
        expect(this.#uids[change.seq - 1]).toBe(change.uid);
        this.#uids.splice(change.seq - 1, 1);
      } else if (change.kind === 'exists') {
        expect(change.count).toBeGreaterThan(this.#uids.length);
        // It fetches what is new.
        for (let seq = this.#uids.length + 1; seq <= change.count; seq++) {
          const uid = this.view.uidAt(seq);
          expect(uid).toBeGreaterThan(this.#uids.at(-1) ?? 0);
          this.#uids.push(uid);
          this.#flags.set(uid, flagText(this.view.flagsAt(seq)));
        }
      } else {
        expect(this.#uids[change.seq - 1]).toBe(change.state.uid);
        this.#flags.set(change.state.uid, flagText(change.state));
      }
    }
    this.check();
    if (expunges) expect(this.view.pending).toBe(false);
  }

  /** Its view numbers messages as it does. */
  check(): void {
    expect(uidsOf(this.view)).toEqual(this.#uids);
    expect(this.#uids.map((uid) => this.view.seqOf(uid))).toEqual(this.#uids.map((_, index) => index + 1));
  }

  pick(which: readonly number[]): number[] {
    return which.flatMap((n) => this.#uids[n] ?? []);
  }

  get believed(): string[] {
    return this.#uids.map((uid) => `${uid} ${this.#flags.get(uid)}`);
  }
}

async function run(t: TestMailboxes, account: number, clients: Client[], one: Step): Promise<void> {
  const client = 'session' in one ? clients[one.session] : undefined;
  const id = clients[0]?.view.mailbox.id ?? 0;
  const { mailboxes } = t;
  const local = [{ accountId: account, address: 'ann@example.org' }];
  switch (one.do) {
    case 'deliver':
      await Promise.all(Array.from({ length: one.n }, () => t.add({ to: [], local })));
      return;
    case 'append':
      await t.append(account, 'INBOX');
      return;
    case 'expunge':
      await mailboxes.expunge(id, null);
      return;
  }
  if (client === undefined) return;
  const change = async (how: 'add' | 'remove', bits: number, ...keywords: string[]) => {
    const uids = client.pick('which' in one ? one.which : []);
    client.stored(
      (await mailboxes.changeFlags(id, uids, how, { bits, keywords }, { by: client.view })).changed,
    );
  };
  switch (one.do) {
    case 'store':
      return change('add', one.bits);
    case 'unstore':
      return change('remove', one.bits);
    case 'keyword':
      return change('add', 0, one.word);
    case 'remove':
      await mailboxes.removeMessages(id, client.pick(one.which));
      return;
    case 'copy':
      await mailboxes.copy(id, client.pick(one.which), account, 'INBOX');
      return;
    case 'move':
      await mailboxes.move(id, client.pick(one.which), account, one.away ? 'Other' : 'INBOX');
      return;
    case 'sync':
      client.sync(one.expunges);
      return;
    case 'reopen':
      client.view.close();
      clients[one.session] = new Client(await mailboxes.open(account, 'INBOX', { readOnly: one.readOnly }));
  }
}

/** What is kept must be what a count finds. */
async function expectTrueCounts({ store }: TestMailboxes): Promise<void> {
  expect(
    await store.all(
      `SELECT b.id, b.messages, b.unseen, b.bytes FROM mailboxes AS b
        WHERE b.messages <> (SELECT count(*) FROM mailbox_entries WHERE mailbox_id = b.id)
           OR b.unseen <> (SELECT count(*) FROM mailbox_entries WHERE mailbox_id = b.id AND NOT (flags & 1))
           OR b.bytes <> (SELECT coalesce(sum(size), 0) FROM mailbox_entries WHERE mailbox_id = b.id)
           OR b.uid_next <= (SELECT coalesce(max(uid), 0) FROM mailbox_entries WHERE mailbox_id = b.id)
           OR b.highest_modseq < (SELECT coalesce(max(modseq), 0) FROM mailbox_entries WHERE mailbox_id = b.id)
           OR b.removals <> (SELECT count(*) FROM mailbox_removals WHERE mailbox_id = b.id)`,
    ),
  ).toEqual([]);
  expect(
    await store.all(
      `SELECT c.id, c.refs FROM contents AS c
        WHERE c.refs <> (SELECT count(*) FROM mailbox_entries WHERE content_id = c.id) OR c.refs = 0`,
    ),
  ).toEqual([]);
}

describe('sessions that share a mailbox', () => {
  it.each([
    ['one after the other', 1],
    ['at the same time', 4],
  ])('agree with the disk in the end, when they act %s', { timeout: 120_000 }, async (_, together) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const t = await testMailboxes();
        try {
          const account = await t.account();
          await t.mailboxes.create(account, 'Other');
          const open = () => t.mailboxes.open(account, 'INBOX', { readOnly: false });
          const clients = await Promise.all(
            Array.from({ length: sessions }, async () => new Client(await open())),
          );
          const given = new Set<number>();
          for (let at = 0; at < steps.length; at += together) {
            await Promise.all(steps.slice(at, at + together).map((one) => run(t, account, clients, one)));
            for (const client of clients) client.check();
            for (const row of await t.store.all<{ uid: number }>(
              'SELECT uid FROM mailbox_entries WHERE mailbox_id = 1',
            ))
              given.add(row.uid);
          }
          // Deliveries are told of a moment after they are on disk.
          await t.append(account, 'INBOX');
          const fresh = new Client(await open());
          for (const client of clients) {
            client.sync(false);
            client.sync(true);
            expect(client.believed).toEqual(fresh.believed);
          }
          await expectTrueCounts(t);
          const next = (await t.mailboxes.find(account, 'INBOX'))?.uidNext ?? 0;
          expect(Math.max(0, ...given)).toBeLessThan(next);
        } finally {
          await t.mailboxes.close();
          await t.store.close();
        }
      }),
      { numRuns: 25 },
    );
  });
});
