import { describe, expect, it } from 'vitest';
import { ann, annsPassword, startMailSystem } from '../helpers/mail-system.ts';
import { jsonLines } from '../helpers/mailctl.ts';
import { SmtpTestClient } from '../helpers/smtp-test-client.ts';
import { until } from '../helpers/until.ts';

describe('mailctl log', () => {
  it('-f follows what happens, and filters on the side of the server', async () => {
    const system = await startMailSystem({
      remote: { rcpt: (line) => (line.includes('gone') ? '550 no' : undefined) },
    });
    const all = system.following('log', '-f', '-n', '0');
    const deliveries = system.following('log', '-f', '-n', '0', '--category', 'delivery', '--json');
    const matching = system.following('log', '-f', '-n', '0', '--grep', 'gone@', '--json');
    await until(async () => {
      await system.send({ to: ['bob@example.net'] });
      return [all, deliveries].every(({ stdout }) => stdout.includes('delivered'));
    }, 'the followers at work');
    await system.send({ from: ann, to: ['gone@example.net'] });
    await all.shows(/info +smtp +Q\d+ S\d+ message accepted .*from=ann@example\.org/);
    await deliveries.shows(/"message":"bounced"/);
    // It has nothing to show of what told that the others are at work.
    await until(async () => {
      if (matching.stdout.includes('"message":"bounced"')) return true;
      await system.send({ from: ann, to: ['gone@example.net'] });
      return false;
    }, 'a bounce for --grep');
    expect(new Set(jsonLines(deliveries.stdout).map(({ category }) => category))).toEqual(
      new Set(['delivery']),
    );
    expect(jsonLines(matching.stdout).every((entry) => JSON.stringify(entry).includes('gone@'))).toBe(true);
    all.signal('SIGINT');
    expect(await all.ended).toBe(130);
  });

  it('levels are changed while it runs, for a time too, and go back by themselves', async () => {
    const system = await startMailSystem();
    const wire = async () => jsonLines(await system.told('log', '--json', '-n', '1000', '--level', 'trace'));
    await system.send({ to: [ann] });
    expect((await wire()).filter(({ level }) => level === 'trace')).toEqual([]);
    await system.told('log', 'levels', 'smtp=trace', '--for', '1s');
    const levels = jsonLines(await system.told('log', 'levels', '--json'));
    expect(levels.find(({ category }) => category === 'smtp')).toMatchObject({
      level: 'trace',
      revertsTo: 'info',
      until: expect.any(String),
    });
    await system.send({ to: [ann] });
    expect(
      (await wire()).filter(({ level, message }) => level === 'trace' && message === 'received'),
    ).not.toEqual([]);
    await until(
      async () => jsonLines(await system.told('log', 'levels', '--json'))[0]?.level === 'info',
      'the level of before',
    );
    expect((await system.mailctl('log', 'levels', 'smtp=loud')).code).toBe(64);
  });

  it('holds one story by session or by message, and no secret at any level', async () => {
    const system = await startMailSystem({ config: 'log.level = "trace"\nauth.delay = "0s"\n' });
    const secret = 'open sesame';
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const client = await SmtpTestClient.ready(system.maild.ports.submission);
    await client.say(`AUTH PLAIN ${base64(`\0${ann}\0${secret}`)}`, 535);
    await client.say('AUTH LOGIN', 334);
    await client.say(base64(ann), 334);
    await client.say(base64(annsPassword), 235);
    await client.envelope(ann, ['bob@example.net']);
    const reply = await client.message('Subject: mine\r\n\r\nhello');
    client.close();
    const id = /queued as (\d+)/.exec(reply.text)?.[1] ?? '';
    await system.queueEmpty();
    await system.mailctlWith({ stdin: `${secret}\n` }, 'accounts', 'edit', ann, '--password-stdin');

    const story = jsonLines(await system.told('log', '--queue', id, '--json', '-n', '100'));
    expect(story.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['message accepted', 'delivered']),
    );
    expect(story.every(({ queueId }) => queueId === Number(id))).toBe(true);
    const session = String(story[0]?.sessionId);
    const dialogue = jsonLines(await system.told('log', '--session', session, '--json', '-n', '100'));
    expect(dialogue.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['login refused', 'logged in', 'message accepted']),
    );
    const everything = (await system.told('log', '-n', '5000', '--json')) + system.maild.logs();
    for (const text of [
      secret,
      annsPassword,
      base64(secret),
      base64(annsPassword),
      base64(`\0${ann}\0${secret}`),
    ])
      expect(everything).not.toContain(text);
  });

  it('--since reaches back into the files, over a restart', async () => {
    const system = await startMailSystem();
    const before = new Date(Date.now() - 1_000).toISOString();
    await system.send({ to: [ann] });
    await system.maild.restart();
    const lines = jsonLines(await system.told('log', '--since', before, '--json', '-n', '5000'));
    expect(lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['message accepted', 'service stopped', 'service starting', 'ready']),
    );
  });
});
