import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../shared/api/audit.ts';
import { ago } from '../helpers/api-samples.ts';
import { FakeDaemon } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

const entry = (changes: Partial<AuditEntry> = {}): AuditEntry => ({
  id: 12,
  at: ago(90),
  method: 'queue.remove',
  client: 'mailctl/0.1.0',
  user: 'ann',
  params: '{"ids":[42]}',
  outcome: 'done',
  durationMs: 3,
  ...changes,
});

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
});
afterAll(() => daemon.stop());

const run = (line: string) => runMailctl(line.split(' '), { socket: daemon.socket });

describe('mailctl audit', () => {
  it('tells who changed what, and what came of it, oldest first', async () => {
    daemon.script({
      'audit.list': {
        entries: [
          entry({ id: 13, method: 'accounts.edit', user: null, outcome: 'account.not_found' }),
          entry(),
        ],
      },
    });
    const { stdout, code } = await run('audit');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /ann +mailctl\/0.1.0 +queue.remove +\{"ids":\[42\]\} +done +3 ms\n.* - +mailctl\/0.1.0 +accounts.edit .*account.not_found/,
    );
  });

  it('passes its filters on, and asks for the newest 50 unless told from when on', async () => {
    daemon.script({ 'audit.list': { entries: [] } });
    const { stderr } = await run('audit --user a* --method queue.* --about 42 --failed');
    expect(stderr).toBe('Nothing has been changed.\n');
    await run('audit list --since 2h --client mailctl/*');
    expect(daemon.paramsOf('audit.list')).toEqual([
      { filter: { user: 'a*', method: 'queue.*', params: '42', failed: true }, limit: 50 },
      { filter: { since: ago(7_200), client: 'mailctl/*' }, limit: 5_000 },
    ]);
  });

  it('is an object a line as JSON, with the fields of the API', async () => {
    daemon.script({ 'audit.list': { entries: [entry()] } });
    const { stdout } = await run('audit --json');
    expect(JSON.parse(stdout)).toEqual(entry());
  });
});
