import { describe, expect, it } from 'vitest';
import { type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { until } from '../helpers/until.ts';

async function explained(system: MailSystem, id: number) {
  const explanation = JSON.parse(await system.told('queue', 'explain', String(id), '--json'));
  const codes: string[] = explanation.reasons.map(({ code }: { code: string }) => code);
  return { ...explanation, codes, text: await system.told('queue', 'explain', String(id)) };
}

describe('mailctl queue explain', () => {
  it('of a message that failed for now tells the reply, the next attempt, and how not to wait for it', async () => {
    const system = await startMailSystem({ remote: { rcpt: '451 4.7.1 Greylisted' } });
    const id = await system.send();
    await system.deferred(id);
    const { codes, text, state, nextAttemptAt, destinations } = await explained(system, id);
    expect(state).toBe('deferred');
    expect(codes).toContain('waiting_for_retry');
    expect(Date.parse(nextAttemptAt)).toBeGreaterThan(Date.now());
    expect(destinations).toMatchObject([{ domain: 'example.net', pending: 1 }]);
    expect(text).toContain('451 4.7.1 Greylisted');
    expect(text).toContain(`mailctl queue send-now ${id}`);
    expect(text).toContain(`127.0.0.1:${system.remote.port}`);
  });

  it('of a held message tells by whom, and the command that lets it go', async () => {
    const system = await startMailSystem();
    await system.told('server', 'pause', 'delivering');
    const id = await system.send();
    await system.told('queue', 'hold', String(id), '--reason', 'looks odd');
    const { codes, text, state } = await explained(system, id);
    expect(state).toBe('held');
    expect(codes).toContain('held');
    expect(text).toContain('looks odd');
    expect(text).toContain(`mailctl queue release ${id}`);
  });

  it('while deliveries are paused or the server is stopped tells that, and the command that helps', async () => {
    const system = await startMailSystem();
    await system.told('server', 'pause', 'delivering', '--for', '2h', '--reason', 'new line');
    const id = await system.send();
    const paused = await explained(system, id);
    expect(paused.codes).toContain('paused');
    expect(paused.text).toContain('new line');
    expect(paused.text).toContain('mailctl server resume delivering');
    await system.told('server', 'stop');
    expect((await explained(system, id)).text).toContain('mailctl server start');
  });

  it('of a message under way tells with whom, and of one that waits for it why', async () => {
    const system = await startMailSystem({
      config: 'delivery.concurrency_per_domain = 1\n',
      remote: { dot: 'hang' },
    });
    const first = await system.send();
    await until(async () => (await explained(system, first)).state === 'active', 'a delivery under way');
    const under = await explained(system, first);
    expect(under.codes).toEqual(['being_delivered']);
    expect(under.text).toContain('127.0.0.1');
    const second = await system.send();
    const { codes } = await explained(system, second);
    expect(codes).toContain('domain_busy');
  });

  it('of a message that is finished or was never there says so, and ends with 1', async () => {
    const system = await startMailSystem();
    const id = await system.send();
    await system.queueEmpty();
    expect((await system.mailctl('queue', 'explain', String(id))).code).toBe(1);
    const { code, stderr } = await system.mailctl('queue', 'explain', '4711');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^mailctl: queue explain: .*4711/);
  });
});
