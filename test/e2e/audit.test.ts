import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../shared/api/audit.ts';
import { startMaild } from '../helpers/daemon.ts';
import { jsonLines, runMailctl } from '../helpers/mailctl.ts';
import { until } from '../helpers/until.ts';

describe('mailctl audit', () => {
  it('keeps who changed what over a restart, without passwords, and not who only looked', async () => {
    const maild = await startMaild({ config: 'domains = ["example.org"]' });
    const entries = async (...filters: readonly string[]) =>
      jsonLines(
        (await runMailctl(maild.socket, ['audit', '--json', ...filters])).stdout,
      ) as unknown as AuditEntry[];
    const add = ['accounts', 'add', 'ann@example.org', '--password-stdin'];
    await runMailctl(maild.socket, add, { stdin: 'top secret\n' });
    await runMailctl(maild.socket, ['accounts', 'edit', 'bob@example.org', '--disable']);
    await runMailctl(maild.socket, ['accounts']);
    await until(async () => (await entries()).length === 2);
    await maild.stop();
    await maild.start();

    const [added, edited] = await entries();
    const user = process.env.SUDO_USER ?? userInfo().username;
    expect(added).toMatchObject({ method: 'accounts.add', user, outcome: 'done' });
    expect(added?.client).toMatch(/^mailctl\//);
    expect(JSON.parse(added?.params ?? '')).toEqual({ address: 'ann@example.org', password: '********' });
    expect(edited).toMatchObject({ method: 'accounts.edit', outcome: 'account.not_found' });
    expect(await entries('--failed')).toEqual([edited]);
    expect(await entries('--about', 'ann@')).toEqual([added]);
    expect(await entries('--method', 'queue.*')).toEqual([]);
  });
});
