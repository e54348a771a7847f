/** Collecting by IMAP4 from servers that do what Dovecot does not. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CollectorValues } from '../../../daemon/connections/connection-store.ts';
import { RemoteImap } from '../../helpers/remote-imap.ts';
import { CollectRig } from './collect-rig.ts';

const letter = (n: number): string => `Subject: letter ${n}\r\n\r\nnumber ${n}\r\n`;
const letters = (count: number): string[] => Array.from({ length: count }, (_, i) => letter(i + 1));
const imap: Partial<CollectorValues> = { protocol: 'imap', folders: ['INBOX'] };

async function server(bodies: readonly string[] = []): Promise<RemoteImap> {
  const remote = await RemoteImap.start(bodies);
  onTestFinished(() => remote.stop());
  return remote;
}

describe('an IMAP4 server', () => {
  it('has its messages collected in their order, and deleted after that', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(5))];
    expect(await rig.poll(remote.port, imap)).toMatchObject({ collected: 5, deleted: 5, failure: null });
    expect(await rig.inbox()).toEqual(letters(5));
    expect(remote.messages).toEqual([]);
    expect(rig.sessions.all[0]).toMatchObject({ type: 'imap-client', user: 'joe', ended: true });
  });

  it('without UIDPLUS has nothing expunged that somebody else marked', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(3))];
    remote.capabilities = 'IMAP4rev1';
    rig.maxMessageBytes = 1_000;
    remote.messages.push({ uid: 9, body: 'x'.repeat(2_000), deleted: true });
    await rig.poll(remote.port, imap);
    expect(remote.messages.map(({ uid, deleted }) => [uid, deleted])).toEqual([
      [1, true],
      [2, true],
      [3, true],
      [9, true],
    ]);
    remote.messages = remote.messages.slice(0, 3);
    expect(await rig.poll(remote.port, imap)).toMatchObject({ collected: 0, failure: null });
    expect(remote.messages).toEqual([]);
  });

  it('with another UIDVALIDITY brings nothing a second time, and all that is new', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(2))];
    const kept = { ...imap, keepDays: null };
    await rig.poll(remote.port, kept);
    remote.validity = 2;
    // The UIDs of old mean other messages now.
    remote.messages = [letter(3), letter(1), letter(2)].map((body, i) => ({
      uid: i + 1,
      body,
      deleted: false,
    }));
    expect(await rig.poll(remote.port, kept)).toMatchObject({ wanted: 3, collected: 1 });
    expect(await rig.poll(remote.port, kept)).toMatchObject({ wanted: 0 });
    expect(await rig.inbox()).toEqual(letters(3));
  });

  it('that drops the connection after any byte loses nothing and has nothing twice', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(3))];
    for (let dropAfter = 1; remote.messages.length > 0; dropAfter += 37) {
      remote.dropAfter = dropAfter;
      await rig.poll(remote.port, imap);
      const here = await rig.inbox();
      for (const body of letters(3)) {
        expect(here.includes(body) || remote.messages.some((one) => one.body === body)).toBe(true);
      }
      expect(new Set(here).size).toBe(here.length);
    }
    expect((await rig.inbox()).toSorted()).toEqual(letters(3));
    expect(rig.sessions.live).toEqual([]);
  });
});

describe('an IMAP4 login', () => {
  it('never goes over a connection whose STARTTLS was taken out', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(1))];
    expect((await rig.poll(remote.port, { ...imap, tls: 'starttls' })).failure).toMatch(/^collector\.tls/);
    expect(remote.commands.filter((line) => /LOGIN|AUTHENTICATE/.test(line))).toEqual([]);
  });

  it.each(['none', 'starttls'] as const)(
    'is not skipped because the server says PREAUTH (%s)',
    async (tls) => {
      const [rig, remote] = [await CollectRig.start(), await server(letters(1))];
      remote.greeting = '* PREAUTH welcome';
      expect((await rig.poll(remote.port, { ...imap, tls })).failure).toMatch(/^collector\.(tls|login)/);
      expect(remote.messages).toHaveLength(1);
      expect(await rig.inbox()).toEqual([]);
    },
  );

  it('that fails says so, without the password that the server repeats', async () => {
    const [rig, remote] = [await CollectRig.start(), await server()];
    remote.script = { LOGIN: 'TAG NO [AUTHENTICATIONFAILED] not with wrong-password\r\n' };
    const { failure } = await rig.poll(remote.port, imap, 'wrong-password');
    expect(failure).toMatch(/^collector\.login: 127\.0\.0\.1: /);
    expect(
      [failure, ...rig.lines, ...rig.sessions.all.flatMap(({ lines }) => lines)].join('\n'),
    ).not.toContain('wrong-password');
  });
});

describe('an IMAP4 server that talks nonsense', () => {
  it.each([
    ['a literal without end', { 'UID FETCH': '* 1 FETCH (UID 1 RFC822.SIZE 5 BODY[] {999999999999}\r\n' }],
    ['a line without end', { 'UID SEARCH': 'endless' }],
    ['a refusal', { SELECT: 'TAG NO no such folder\r\n' }],
    ['a goodbye', { 'UID FETCH': '* BYE going down\r\n' }],
    ['a closed connection', { 'UID SEARCH': 'close' }],
    ['garbage', { SELECT: '* (((( "\r\n' }],
  ])('%s is a failure, and no message is lost', async (_, script) => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(2))];
    remote.script = script;
    const stop = setTimeout(() => void remote.stop(), 300);
    expect((await rig.poll(remote.port, imap)).failure).toMatch(/^collector\./);
    clearTimeout(stop);
    expect(remote.messages).toHaveLength(2);
    expect(rig.sessions.live).toEqual([]);
  });
});
