import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../daemon/clock.ts';
import { MaildError } from '../../../daemon/errors.ts';
import { nullLog } from '../../../daemon/log/logger.ts';
import { Blocks } from '../../../daemon/sessions/blocks.ts';
import { BlocksStore } from '../../../daemon/sessions/blocks-store.ts';
import type { SessionStart } from '../../../daemon/sessions/session.ts';
import { SessionRegistry } from '../../../daemon/sessions/session-registry.ts';
import type { SessionEvent } from '../../../shared/api/events.ts';
import type { Exchange } from '../../../shared/api/sessions.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { noStore } from '../../helpers/no-store.ts';

const start = (changes: Partial<SessionStart> = {}): SessionStart => ({
  type: 'smtp',
  remoteAddress: '192.0.2.1',
  remotePort: 40_000,
  localPort: 25,
  state: 'greeting',
  detail: 'Connected',
  kill: () => {},
  ...changes,
});

let clock: FakeClock;
let registry: SessionRegistry;
beforeEach(() => {
  clock = new FakeClock();
  const log = nullLog.for('server');
  registry = new SessionRegistry(clock, new Blocks(new BlocksStore(noStore, noStore), clock, log), log);
});

const ids = (filter: Parameters<SessionRegistry['select']>[0]): number[] =>
  registry.select(filter).map((session) => session.id);

describe('the registry', () => {
  it('gives ids that rise in the service and numbers that rise per type', () => {
    const a = registry.open(start());
    const b = registry.open(start({ type: 'submission' }));
    a.end();
    const c = registry.open(start());
    expect([a.id, b.id, c.id]).toEqual([1, 2, 3]);
    expect([a.number, b.number, c.number]).toEqual([1, 1, 2]);
  });

  it('counts what is open by type and by address, and clients of others not as ours', () => {
    const a = registry.open(start());
    registry.open(start({ remoteAddress: '::ffff:192.0.2.1' }));
    registry.open(start({ type: 'submission', remoteAddress: '2001:db8::1' }));
    registry.open(start({ remoteAddress: '2001:db8::ffff:1' }));
    registry.open(start({ type: 'smtp-client' }));
    expect(registry.counts()).toMatchObject({ smtp: 3, submission: 1, smtpClient: 1, imap: 0 });
    expect(registry.connections('192.0.2.1')).toEqual({ total: 4, fromAddress: 2 });
    // One host has a /64 to itself.
    expect(registry.connections('2001:db8::2')).toEqual({ total: 4, fromAddress: 2 });
    expect(registry.connections('2001:db8:0:1::2')).toEqual({ total: 4, fromAddress: 0 });
    a.end();
    a.end();
    expect(registry.connections('192.0.2.1')).toEqual({ total: 3, fromAddress: 1 });
    expect(registry.counts().smtp).toBe(2);
  });

  it('counts the open server sessions of a user, type by type', () => {
    const pop3 = registry.open(start({ type: 'pop3' }));
    const imap = registry.open(start({ type: 'imap' }));
    const out = registry.open(start({ type: 'imap-client' }));
    for (const session of [pop3, imap, out]) session.login('alice');
    expect(registry.sessionsOf('pop3', 'alice')).toBe(1);
    expect(registry.sessionsOf('imap', 'alice')).toBe(1);
    imap.login('bob');
    imap.login('bob');
    expect(registry.sessionsOf('imap', 'alice')).toBe(0);
    expect(registry.sessionsOf('imap', 'bob')).toBe(1);
    imap.end();
    imap.end();
    imap.login('bob');
    expect(registry.sessionsOf('imap', 'bob')).toBe(0);
    expect(registry.sessionsOf('imap-client', 'alice')).toBe(0);
  });

  it('shows a session as it is at the moment of asking', () => {
    let soFar = 0;
    const session = registry.open(start({ tls: null }));
    clock.advance(1_500);
    session.received('EHLO client.example');
    session.secured('TLSv1.3');
    session.login('user@example.org');
    session.addBytes(100, 20);
    session.addMessage();
    session.enter('data', () => `DATA, ${soFar} bytes so far`);
    soFar = 77;
    clock.advance(2_000);
    // Somebody sets the wall clock: no time passes.
    clock.jump(3_600_000);
    expect(session.view()).toEqual({
      id: 1,
      type: 'smtp',
      number: 1,
      user: 'user@example.org',
      remoteAddress: '192.0.2.1',
      remotePort: 40_000,
      localPort: 25,
      tls: 'TLSv1.3',
      startedAt: '2026-01-01T00:00:00.000Z',
      activeSeconds: 3.5,
      idleSeconds: 2,
      state: 'data',
      detail: 'DATA, 77 bytes so far',
      mailbox: null,
      lastCommand: 'EHLO client.example',
      bytesIn: 100,
      bytesOut: 20,
      messages: 1,
    });
  });

  it('asks the socket for bytes where it can, and takes bytes that come for life', () => {
    const bytes = { bytesIn: 10, bytesOut: 5 };
    const session = registry.open(start({ bytes: () => ({ ...bytes }) }));
    session.received('DATA');
    clock.advance(30_000);
    expect(session.view()).toMatchObject({ bytesIn: 10, bytesOut: 5, idleSeconds: 30 });
    bytes.bytesIn = 5_000;
    expect(session.view()).toMatchObject({ bytesIn: 5_000, idleSeconds: 0 });
    clock.advance(1_000);
    expect(session.view()).toMatchObject({ idleSeconds: 1 });
  });

  it('survives a detail that throws', () => {
    const session = registry.open(start());
    session.enter('data', () => {
      throw new Error('socket is gone');
    });
    expect(session.view().detail).toBe('unknown (socket is gone)');
  });
});

describe('selecting', () => {
  beforeEach(() => {
    registry.open(start({ remoteAddress: '192.0.2.1' })).login('anna@example.org');
    clock.advance(10_000);
    registry.open(start({ type: 'submission', remoteAddress: '192.0.2.20' })).login('Bert@example.org');
    registry.open(start({ type: 'imap', remoteAddress: '2001:db8::5' })).login('anna@example.net');
    registry.open(start({ type: 'smtp-client', remoteAddress: '198.51.100.9' }));
  });

  it('goes by id, type, user, network and time, all of them together', () => {
    expect(ids({})).toEqual([1, 2, 3, 4]);
    expect(ids({ ids: [3, 1, 99, 3] })).toEqual([3, 1]);
    expect(ids({ types: ['imap', 'smtp'] })).toEqual([1, 3]);
    expect(ids({ user: 'anna@*' })).toEqual([1, 3]);
    expect(ids({ user: 'BERT@EXAMPLE.ORG' })).toEqual([2]);
    expect(ids({ user: '*' })).toEqual([1, 2, 3]);
    expect(ids({ ip: '192.0.2.0/28' })).toEqual([1]);
    expect(ids({ ip: '2001:db8::/32' })).toEqual([3]);
    expect(ids({ ip: '198.51.100.9' })).toEqual([4]);
    expect(ids({ olderThanSeconds: 5 })).toEqual([1]);
    expect(ids({ user: '*example.org', types: ['submission'] })).toEqual([2]);
  });

  it('refuses what is no network', () => {
    expect(() => ids({ ip: '192.0.2.0/99' })).toThrow(MaildError);
    expect(() => ids({ ip: 'example.org' })).toThrow('neither an IP address nor a network');
  });

  it('lists in the order asked for, cut, with the number of all', () => {
    const sorted = (options: Parameters<SessionRegistry['list']>[0]) =>
      registry.list(options).sessions.map((session) => session.id);
    expect(sorted({ sort: 'user' })).toEqual([2, 3, 1, 4]);
    expect(sorted({ sort: 'ip' })).toEqual([1, 2, 4, 3]);
    expect(sorted({ sort: 'active', descending: true })).toEqual([1, 2, 3, 4]);
    expect(sorted({ sort: 'id', descending: true })).toEqual([4, 3, 2, 1]);
    expect(registry.list({ limit: 2 })).toMatchObject({ total: 4, sessions: [{ id: 1 }, { id: 2 }] });
  });
});

describe('exchanges', () => {
  const texts = (session: { exchanges(): { exchanges: readonly Exchange[] } }) =>
    session.exchanges().exchanges.map(({ direction, text }) => `${direction} ${text}`);

  it('are the last lines in both directions, each with its time', () => {
    const session = registry.open(start());
    session.sent('220 mail.example.org ESMTP');
    clock.advance(20);
    session.received('EHLO x');
    session.note('TLS handshake');
    expect(session.exchanges()).toEqual({
      dropped: 0,
      exchanges: [
        { at: '2026-01-01T00:00:00.000Z', direction: 'out', text: '220 mail.example.org ESMTP' },
        { at: '2026-01-01T00:00:00.020Z', direction: 'in', text: 'EHLO x' },
        { at: '2026-01-01T00:00:00.020Z', direction: 'note', text: 'TLS handshake' },
      ],
    });
  });

  it('are bounded in number, in size, and each in length', () => {
    const session = registry.open(start());
    for (let n = 0; n < 100; n += 1) session.received(`NOOP ${n}`);
    expect(session.exchanges()).toMatchObject({ dropped: 36 });
    expect(session.exchanges().exchanges).toHaveLength(64);
    for (let n = 0; n < 100; n += 1) session.received('x'.repeat(2_000));
    const { exchanges } = session.exchanges();
    expect(exchanges).toHaveLength(32);
    expect(exchanges.every(({ text }) => text.length === 512)).toBe(true);
  });

  it.each([
    [['AUTH PLAIN AGEAaHVudGVyMg==']],
    [['AUTH LOGIN', '> 334 VXNlcm5hbWU6', 'aHVudGVyMg==', '> 334 UGFzc3dvcmQ6', 'aHVudGVyMg==']],
    [['USER anna', '> +OK', 'PASS hunter2']],
    [['a LOGIN anna hunter2']],
    [['a LOGIN "an na" "hunter2"']],
    [['a LOGIN anna {7}', '> + go on', 'hunter2']],
    [['a AUTHENTICATE PLAIN', '> + ', 'AGEAaHVudGVyMg==']],
  ])('have no password in them, although their owner forgot to mask it: %j', (lines) => {
    const session = registry.open(start());
    for (const line of lines) {
      if (line.startsWith('> ')) session.sent(line.slice(2));
      else session.received(line);
    }
    session.sent('250 OK');
    session.received('NOOP');
    const seen = `${texts(session).join('\n')}\n${session.view().lastCommand}`;
    expect(seen).not.toMatch(/hunter2|HVudGVyMg/i);
    expect(texts(session).at(-1)).toBe('in NOOP');
  });

  it('have no password of ours either, where we are the client', () => {
    const session = registry.open(start({ type: 'smtp-client' }));
    session.sent('AUTH LOGIN');
    session.received('334 VXNlcm5hbWU6');
    session.sent('aHVudGVyMg==');
    session.received('235 2.7.0 Login aHVzaA== went well');
    session.sent('MAIL FROM:<a@example.org>');
    expect(texts(session)).toEqual([
      'out AUTH LOGIN',
      'in 334 VXNlcm5hbWU6',
      'out ********',
      'in 235 2.7.0 Login aHVzaA== went well',
      'out MAIL FROM:<a@example.org>',
    ]);
    expect(session.view().lastCommand).toBe('MAIL FROM:<a@example.org>');
  });

  it('can be followed to the end of the session', () => {
    const session = registry.open(start());
    session.sent('before');
    const got: (string | null)[] = [];
    const other: (string | null)[] = [];
    const leave = registry.follow(session.id, (exchange) => other.push(exchange?.text ?? null));
    registry.follow(session.id, (exchange) => got.push(exchange?.text ?? null));
    session.received('one');
    leave();
    session.sent('two');
    session.end();
    expect(got).toEqual(['one', 'two', null]);
    expect(other).toEqual(['one']);
    expect(() => registry.follow(session.id, () => {})).toThrow(
      expect.objectContaining({ code: 'session.not_found' }),
    );
  });
});

describe('news', () => {
  it('tells of opened and closed sessions at once, of changes at most four times a second', () => {
    const events: SessionEvent[] = [];
    registry.onChange((event) => events.push(event));
    const session = registry.open(start());
    for (let n = 0; n < 1_000; n += 1) {
      session.addBytes(1, 0);
      clock.advance(1);
    }
    session.end();
    const kinds = events.map(({ change }) => change);
    expect(kinds[0]).toBe('opened');
    expect(kinds.at(-1)).toBe('closed');
    expect(kinds.filter((kind) => kind === 'changed').length).toBeGreaterThanOrEqual(3);
    expect(kinds.filter((kind) => kind === 'changed').length).toBeLessThanOrEqual(4);
    expect(events.at(-1)?.session.bytesIn).toBe(1_000);
  });

  it('costs nothing while nobody listens', () => {
    const leave = registry.onChange(() => {});
    leave();
    let asked = 0;
    const session = registry.open(start());
    session.enter('data', () => {
      asked += 1;
      return 'x';
    });
    session.received('x');
    session.end();
    expect(asked).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe('cost', () => {
  it('of ten thousand idle sessions is a few megabytes', () => {
    const log = nullLog.for('server');
    const blocks = new Blocks(new BlocksStore(noStore, noStore), systemClock, log);
    const real = new SessionRegistry(systemClock, blocks, log);
    const before = process.memoryUsage().heapUsed;
    const sessions = Array.from({ length: 10_000 }, (_, n) => {
      const session = real.open(start({ remoteAddress: `10.0.${n >> 8}.${n & 255}` }));
      session.sent('220 mail.example.org ESMTP');
      session.received(`EHLO client${n}.example.org`);
      session.sent('250 mail.example.org');
      session.enter('ehlo', 'Waiting');
      return session;
    });
    // 50 MB would still be fine; garbage is in it.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50 * 1_048_576);
    for (const session of sessions) session.end();
    expect(real.size).toBe(0);
  });
});
