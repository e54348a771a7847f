import { describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../shared/api/trace.ts';
import { ann, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';

const traced = async (system: MailSystem, ...args: readonly string[]) =>
  jsonLines(await system.told('trace', '--json', ...args)) as unknown as TraceEvent[];
const told = (events: readonly TraceEvent[]) => events.map(({ source, message }) => `${source}: ${message}`);

describe('mailctl trace', () => {
  it('of a message tells its whole story in one time line, from accepting it to what an operator did', async () => {
    const system = await startMailSystem({
      config: '[log]\nlevel = "debug"',
      remote: { rcpt: '451 4.7.1 Greylisted' },
    });
    const id = await system.send({ to: ['bob@example.net', ann] });
    await system.deferred(id);
    await system.told('queue', 'hold', String(id), '--reason', 'looks odd');
    const events = await traced(system, String(id));
    const story = told(events);
    expect(story).toEqual(
      expect.arrayContaining([
        'log: session opened',
        'queue: accepted',
        'attempt: delivered to INBOX',
        'attempt: 451 4.7.1 Greylisted',
        'audit: queue.hold',
      ]),
    );
    expect(story.indexOf('log: session opened')).toBeLessThan(story.indexOf('queue: accepted'));
    expect(events.map(({ time }) => time)).toEqual(events.map(({ time }) => time).sort());
    expect(story.filter((line) => line.includes('451 4.7.1'))).toHaveLength(1);
    const text = await system.told('trace', `Q${id}`);
    expect(text).toMatch(new RegExp(`attempt +Q${id} 451 4.7.1 Greylisted .*to=bob@example.net`));
  });

  it('finds the same message by its recipient, its sender, its client and its session', async () => {
    const system = await startMailSystem();
    const id = await system.send({ from: 'carol@elsewhere.example', to: [ann] });
    const accepted = expect.objectContaining({ source: 'queue', message: 'accepted', queueId: id });
    const [first] = await traced(system, String(id));
    expect(first).toEqual(accepted);
    const { sessionId } = first ?? {};
    for (const subject of [ann, 'CAROL@elsewhere.example', '127.0.0.1', `S${sessionId}`]) {
      expect(await traced(system, subject)).toContainEqual(accepted);
    }
  });

  it('says when nothing is known, exit 1, and what can be asked for, exit 64 or 1', async () => {
    const system = await startMailSystem({ empty: true });
    const nobody = await system.mailctl('trace', 'nobody@example.com');
    expect(nobody).toMatchObject({ code: 1, stdout: '' });
    expect(nobody.stderr).toMatch(/^Nothing is known of nobody@example.com since /);
    const nonsense = await system.mailctl('trace', 'nonsense');
    expect(nonsense.code).not.toBe(0);
    expect(nonsense.stderr).toContain('Message-ID (<id@host>)');
  });
});
