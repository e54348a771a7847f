import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { type CallContext, RawJson } from '../../../../daemon/control/handler.ts';
import { accountHandlers } from '../../../../daemon/control/handlers/accounts.ts';
import { logHandlers } from '../../../../daemon/control/handlers/log.ts';
import { sessionHandlers } from '../../../../daemon/control/handlers/sessions.ts';
import { Log } from '../../../../daemon/log/log.ts';
import { nullLog } from '../../../../daemon/log/logger.ts';
import { DkimAdmin } from '../../../../daemon/scan/dkim-admin.ts';
import { DkimKeys } from '../../../../daemon/scan/dkim-keys.ts';
import { AccountSessions } from '../../../../daemon/sessions/account-sessions.ts';
import { SessionKiller } from '../../../../daemon/sessions/session-killer.ts';
import { SessionRegistry } from '../../../../daemon/sessions/session-registry.ts';
import { methods } from '../../../../shared/api/index.ts';
import { FakeClock } from '../../../helpers/fake-clock.ts';
import { testFolder } from '../../../helpers/test-store.ts';
import { testAccounts } from '../../accounts/test-accounts.ts';

const context: CallContext = { client: 'test/1', signal: new AbortController().signal };

/** Calls a handler as the dispatcher does: parameters through the schema; and its result must fit, too. */
const caller =
  (handlers: Record<string, (params: never, context: CallContext) => unknown>) =>
  async (name: keyof typeof methods, params: unknown): Promise<unknown> => {
    const { params: schema, result } = methods[name] as { params: z.ZodType; result: z.ZodType };
    const answer = await handlers[name]?.(schema.parse(params) as never, context);
    return result.parse(answer instanceof RawJson ? JSON.parse(answer.text) : answer);
  };

describe('the handlers of accounts, domains and aliases', () => {
  it('answer what the API says', async () => {
    const t = await testAccounts();
    const keys = new DkimKeys(await testFolder(), nullLog.for('scan'));
    const dkim = new DkimAdmin(keys, (name) => t.domainAdmin.ownName(name));
    const log = nullLog.for('server');
    const registry = new SessionRegistry(t.clock, t.blocks, log);
    const killer = new SessionKiller(registry, t.blocks, t.clock, log);
    const call = caller(
      accountHandlers({
        accounts: t.accountAdmin,
        accountImport: t.accountImport,
        domains: t.domainAdmin,
        aliases: t.aliasAdmin,
        dkim,
        sessions: new AccountSessions(registry, killer),
      }),
    );
    const address = 'anna@example.org';
    expect(await call('domains.add', { name: 'example.net' })).toMatchObject({ domain: { origin: 'added' } });
    expect(await call('domains.edit', { name: 'example.net', catchAll: address })).toMatchObject({
      domain: { catchAll: address },
    });
    expect(await call('domains.dkim', { name: 'Example.NET' })).toMatchObject({
      created: true,
      record: { name: 'mail._domainkey.example.net' },
    });
    expect(await call('accounts.add', { address, password: 'x', quotaBytes: 5 })).toMatchObject({
      account: { address, quotaBytes: 5 },
    });
    expect(await call('accounts.edit', { address, enabled: false })).toMatchObject({
      account: { enabled: false, quotaBytes: 5 },
    });
    const alias = { address: 'info@example.net', targets: [address] };
    expect(await call('aliases.add', alias)).toEqual({ alias });
    expect(await call('aliases.edit', { ...alias, targets: ['x@example.com'] })).toMatchObject({
      alias: { targets: ['x@example.com'] },
    });
    expect(await call('domains.list', {})).toMatchObject({ domains: [{ accounts: 1 }, { aliases: 1 }] });
    expect(await call('accounts.list', {})).toMatchObject({ accounts: [{ address }] });
    expect(await call('aliases.list', { domain: 'example.org' })).toEqual({ aliases: [] });
    expect(await call('aliases.remove', { address: alias.address })).toEqual({ removed: true });
    expect(await call('domains.remove', { name: 'example.net' })).toEqual({ removed: true });
    const sessionOf = (type: 'imap' | 'imap-client', user: string) => {
      const session = registry.open({
        type,
        remoteAddress: '192.0.2.1',
        remotePort: 1,
        localPort: 143,
        state: 'selected',
        detail: 'Waiting',
        kill: () => session.end(),
      });
      session.login(user);
      return session;
    };
    sessionOf('imap', address);
    sessionOf('imap', 'bert@example.org');
    sessionOf('imap-client', address);
    expect(await call('accounts.edit', { address, quotaBytes: 7 })).toMatchObject({ endedSessions: 0 });
    expect(await call('accounts.edit', { address, enabled: false })).toMatchObject({ endedSessions: 1 });
    sessionOf('imap', address);
    sessionOf('imap', address);
    expect(await call('accounts.edit', { address, password: 'y' })).toMatchObject({ endedSessions: 2 });
    sessionOf('imap', address);
    expect(await call('accounts.remove', { address })).toEqual({
      removed: true,
      messages: 0,
      endedSessions: 1,
    });
    expect(registry.select({}).map(({ user, type }) => [user, type])).toEqual([
      ['bert@example.org', 'imap'],
      [address, 'imap-client'],
    ]);
    const imported = [{ address, passwordHash: '{PLAIN}z' }];
    expect(await call('accounts.import', { accounts: imported, dryRun: true })).toMatchObject({
      accounts: [{ outcome: 'created', passwordScheme: 'PLAIN' }],
      dryRun: true,
    });
    expect(await call('accounts.list', {})).toEqual({ accounts: [] });
    expect(await call('accounts.import', { accounts: imported })).toMatchObject({ dryRun: false });
    expect(await call('accounts.list', {})).toMatchObject({ accounts: [{ passwordScheme: 'SCRYPT' }] });
  });
});

describe('the handlers of sessions and blocks', () => {
  it('answer what the API says', async () => {
    const { blocks, clock } = await testAccounts();
    const log = nullLog.for('server');
    const registry = new SessionRegistry(clock, blocks, log);
    const call = caller(sessionHandlers(registry, new SessionKiller(registry, blocks, clock, log), blocks));
    const session = registry.open({
      type: 'smtp',
      remoteAddress: '192.0.2.1',
      remotePort: 1,
      localPort: 25,
      state: 'greeting',
      detail: 'Waiting',
      kill: () => session.end(),
    });
    session.received('EHLO x');
    expect(await call('sessions.list', { filter: { ip: '192.0.2.0/24' }, sort: 'idle' })).toMatchObject({
      total: 1,
      sessions: [{ id: 1, lastCommand: 'EHLO x' }],
    });
    expect(await call('sessions.exchanges', { id: 1 })).toMatchObject({
      session: { id: 1 },
      exchanges: [{ direction: 'in', text: 'EHLO x' }],
    });
    expect(await call('sessions.kill', { filter: { ids: [1, 7] }, blockSeconds: 60 })).toMatchObject({
      results: [
        { id: 1, outcome: 'ended' },
        { id: 7, outcome: 'not_found' },
      ],
      blocks: [{ value: '192.0.2.1' }],
    });
    expect(await call('blocks.add', { kind: 'user', value: 'x@example.org', forSeconds: 5 })).toMatchObject({
      block: { id: 2, source: 'operator' },
    });
    expect(await call('blocks.list', {})).toMatchObject({ blocks: [{ id: 1 }, { id: 2 }] });
    expect(await call('blocks.remove', { ids: [2, 3] })).toEqual({ removed: 1, notFound: [3] });
    await expect(call('sessions.exchanges', { id: 1 })).rejects.toMatchObject({ code: 'session.not_found' });
  });
});

describe('the handlers of the log', () => {
  it('answer what the API says', async () => {
    const settings = { level: 'info', levels: {}, ringLines: 100, fileBytes: 1_000, files: 1 } as const;
    const log = new Log({ settings, stateDir: null, clock: new FakeClock(), output: 'none' });
    const call = caller(logHandlers(log));
    log.for('smtp').info('one', { sessionId: 1, extra: { deep: true } });
    log.for('queue').warn('two');
    expect(await call('log.list', { filter: { level: 'warn' } })).toMatchObject({
      entries: [{ message: 'two' }],
    });
    expect(await call('log.list', { limit: 5 })).toMatchObject({ entries: [{ extra: { deep: true } }, {}] });
    await expect(call('log.list', { filter: { grep: '(' } })).rejects.toMatchObject({
      code: 'params.invalid',
    });
    expect(await call('log.setLevels', { levels: { smtp: 'trace' }, forSeconds: 60 })).toMatchObject({
      levels: expect.arrayContaining([
        { category: 'smtp', level: 'trace', until: '2026-01-01T00:01:00.000Z', revertsTo: 'info' },
      ]),
    });
    await log.close();
    expect(await call('log.levels', {})).toMatchObject({
      levels: expect.arrayContaining([{ category: 'smtp', level: 'info', until: null, revertsTo: null }]),
    });
  });
});
