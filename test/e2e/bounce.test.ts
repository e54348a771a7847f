import { describe, expect, it } from 'vitest';
import { ann, type MailSystem, startMailSystem } from '../helpers/mail-system.ts';
import { until } from '../helpers/until.ts';

/** The report in ann's INBOX, and what it says of the recipient (RFC 3464). */
async function report(system: MailSystem, recipient: string): Promise<string> {
  await until(async () => (await system.inbox()).length > 0, "the report in ann's INBOX");
  const [entry, ...more] = await system.inbox();
  expect(more).toEqual([]);
  expect(entry).toMatchObject({ returnPath: '', deliveredTo: ann });
  const text = entry?.content ?? '';
  expect(text).toMatch(/^Content-Type: multipart\/report;[\s\S]*report-type="?delivery-status/m);
  expect(text).toMatch(new RegExp(`^Final-Recipient: rfc822; ?${recipient}\\r$`, 'm'));
  expect(text).toMatch(/^Auto-Submitted: auto-/m);
  return text;
}

async function counters(system: MailSystem) {
  return JSON.parse(await system.told('status', '--json')).counters;
}

describe('mail that cannot be delivered', () => {
  it('that another server refuses for good comes back to its sender here, with its reason', async () => {
    const system = await startMailSystem({
      remote: { rcpt: '550 5.1.1 <gone@example.net>: no such user here' },
    });
    const id = await system.send({ from: ann, to: ['gone@example.net'], subject: 'are you there' });
    const text = await report(system, 'gone@example.net');
    expect(text).toMatch(/^Action: failed\r$/m);
    expect(text).toMatch(/^Status: 5\.1\.1\r$/m);
    expect(text).toMatch(/^Diagnostic-Code: smtp; ?550 5\.1\.1 /m);
    expect(text).toContain('Subject: are you there');
    await system.queueEmpty();
    const shown = JSON.parse(await system.told('queue', 'show', String(id), '--json'));
    expect(shown).toMatchObject({
      outcome: 'done',
      recipients: [{ state: 'failed', attempts: [{ code: 550 }] }],
    });
    expect(await counters(system)).toMatchObject({ bouncedMessages: 1 });
  });

  it('that an operator gives up comes back with the words of the operator', async () => {
    const system = await startMailSystem({ remote: { rcpt: '451 4.7.1 later' } });
    const id = await system.send({ from: ann, to: ['bob@example.net'] });
    await system.deferred(id);
    expect(await system.told('queue', 'bounce', String(id), '--reason', 'they have moved away')).toContain(
      'Bounced 1 message',
    );
    const text = await report(system, 'bob@example.net');
    expect(text).toMatch(/^Action: failed\r$/m);
    expect(text).toContain('they have moved away');
    expect(await system.queue()).toEqual([]);
    expect(system.remote.messages).toEqual([]);
  });

  it('for one of three recipients is reported for that one, and the others have it', async () => {
    const system = await startMailSystem({
      remote: { rcpt: (line) => (line.includes('gone') ? '550 5.1.1 no such user' : undefined) },
    });
    await system.send({ from: ann, to: ['bob@example.net', 'gone@example.net', 'kim@example.net'] });
    const text = await report(system, 'gone@example.net');
    expect(text.match(/^Final-Recipient:/gm)).toHaveLength(1);
    await system.queueEmpty();
    expect(system.remote.messages.flatMap(({ rcpt }) => rcpt)).toHaveLength(2);
  });

  it('with NOTIFY=NEVER, or without a sender, tells nobody', async () => {
    const system = await startMailSystem({ remote: { rcpt: '550 5.1.1 no such user' } });
    await system.send({ from: ann, to: ['gone@example.net'], rcptParameters: 'NOTIFY=NEVER' });
    await system.send({ from: '', to: ['gone@example.net'] });
    await system.queueEmpty();
    await until(async () => (await counters(system)).bouncedMessages === 2, 'two failures counted');
    expect(await system.inbox()).toEqual([]);
    expect(system.remote.messages).toEqual([]);
  });

  it('to a sender elsewhere goes to his server, with what his ENVID and RET asked for', async () => {
    const system = await startMailSystem({
      remote: { rcpt: (line) => (line.includes('gone@') ? '550 5.1.1 no such user' : undefined) },
    });
    await system.send({
      from: 'sender@elsewhere.example',
      to: ['gone@example.net'],
      body: 'a body that nobody wants back',
      mailParameters: 'RET=HDRS ENVID=QQ314159',
    });
    await until(() => system.remote.messages.length === 1, 'the report at the other server');
    const [sent] = system.remote.messages;
    expect(sent?.mail).toMatch(/^MAIL FROM:<>/);
    expect(sent?.rcpt[0]).toMatch(/^RCPT TO:<sender@elsewhere\.example>/);
    expect(sent?.body).toMatch(/^Original-Envelope-Id: QQ314159$/m);
    expect(sent?.body).not.toContain('a body that nobody wants back');
    await system.queueEmpty();
  });
});
