/** What becomes of mail when the remote server is good, bad, or talks nonsense at any step (RFC 5321). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeliveryRig, type RigOptions, via } from '../../helpers/delivery-rig.ts';
import { RemoteSmtp, type Stage, type Step } from '../../helpers/remote-smtp.ts';
import { until } from '../../helpers/until.ts';

let remote: RemoteSmtp;
let rig: DeliveryRig;

beforeEach(async () => {
  remote = await RemoteSmtp.start();
});
afterEach(async () => {
  await rig.stop();
  await remote.stop();
});

function start(options: RigOptions = {}, hop: Parameters<typeof via>[1] = {}): void {
  rig = new DeliveryRig({ routes: [{ domain: '*', via: via(remote.port, hop) }], ...options });
  rig.delivery.start();
}

async function outcome(id: number) {
  rig.delivery.wake();
  await until(() => rig.queue.resultsOf(id).length > 0, 'an outcome');
  return rig.queue.resultsOf(id);
}

describe('a good server', () => {
  test('gets the message byte for byte, dots stuffed, in one transaction for all recipients', async () => {
    start();
    const body = 'Subject: x\r\n\r\n.\r\n..two\r\nlast';
    const id = rig.queue.add({ to: ['a@there.test', 'b@there.test'], body });
    const results = await outcome(id);
    expect(results.map((r) => [r.outcome, r.code, r.enhancedCode, r.reply])).toEqual([
      ['delivered', 250, '2.0.0', '250 2.0.0 taken'],
      ['delivered', 250, '2.0.0', '250 2.0.0 taken'],
    ]);
    expect(remote.messages).toHaveLength(1);
    expect(remote.messages[0]?.body).toBe(body);
    expect(remote.messages[0]?.rcpt).toEqual(['RCPT TO:<a@there.test>', 'RCPT TO:<b@there.test>']);
    expect(rig.queue.waiting).toEqual([]);
  });

  test('gets a connection once for many messages, and a goodbye when there are no more', async () => {
    start({ delivery: { concurrencyPerDomain: 1, idleConnectionMs: 50 } });
    for (let i = 0; i < 20; i++) rig.queue.add({ to: [`u${i}@there.test`] });
    rig.delivery.wake();
    await until(() => remote.messages.length === 20);
    expect(remote.connections).toBe(1);
    await until(() => rig.sessions.live.length === 0);
    expect(remote.commands.at(-1)).toBe('QUIT');
    expect(rig.sessions.all[0]?.messages).toBe(20);
  });

  test('gets a new connection after a hundred messages', async () => {
    start({ delivery: { concurrencyPerDomain: 1 } });
    for (let i = 0; i < 150; i++) rig.queue.add({ to: [`u${i}@there.test`] });
    rig.delivery.wake();
    await until(() => remote.messages.length === 150);
    expect(remote.connections).toBe(2);
  });

  test('that closed the idle connection gets a new one, and the message is not delayed', async () => {
    start({ delivery: { concurrencyPerDomain: 1, idleConnectionMs: 60_000 } });
    await outcome(rig.queue.add({ to: ['a@there.test'] }));
    remote.dropAll();
    const [result] = await outcome(rig.queue.add({ to: ['b@there.test'] }));
    expect(result?.outcome).toBe('delivered');
    expect(remote.connections).toBe(2);
  });

  test('gets each recipient with its own DSN parameters in one transaction (RFC 3461)', async () => {
    start();
    const id = rig.queue.add({
      envelope: { envelopeId: 'id=1+x', returnContent: 'headers' },
      to: [
        { address: 'a@there.test', notify: 'SUCCESS,FAILURE', originalRecipient: 'rfc822;a+b@here.test' },
        { address: 'b@there.test', notify: 'NEVER' },
        'c@there.test',
      ],
    });
    await outcome(id);
    expect(remote.messages[0]?.mail).toMatch(/ RET=HDRS ENVID=id\+3D1\+2Bx$/);
    expect(remote.messages[0]?.rcpt).toEqual([
      'RCPT TO:<a@there.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a+2Bb@here.test',
      'RCPT TO:<b@there.test> NOTIFY=NEVER',
      'RCPT TO:<c@there.test>',
    ]);
  });

  test('without DSN gets none of its parameters, and the sender a report that mail was relayed', async () => {
    remote.extensions = [];
    start();
    await outcome(rig.queue.add({ to: [{ address: 'a@there.test', notify: 'SUCCESS' }] }));
    expect(remote.messages[0]?.rcpt).toEqual(['RCPT TO:<a@there.test>']);
    expect(rig.queue.reports).toHaveLength(1);
    expect(String(rig.queue.reports[0]?.content.inline)).toContain('Action: relayed');
  });

  test('that has enough recipients gets the others in the next transaction', async () => {
    let left = 2;
    remote.script.rcpt = () => (left-- > 0 ? undefined : '452 4.5.3 too many recipients');
    remote.script.mail = () => {
      left = 2;
      return undefined;
    };
    start();
    const results = await outcome(rig.queue.add({ to: ['a@t.test', 'b@t.test', 'c@t.test'] }));
    expect(results.map((r) => r.outcome)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(remote.messages.map((m) => m.rcpt.length)).toEqual([2, 1]);
  });

  test('that only knows HELO gets its mail too', async () => {
    remote.script.ehlo = (line) => (line.startsWith('EHLO') ? '502 5.5.1 what?' : undefined);
    start();
    const [result] = await outcome(rig.queue.add({ to: ['a@there.test'] }));
    expect(result?.outcome).toBe('delivered');
  });
});

describe('extensions', () => {
  test('a message over the size that the server announced fails at once: 5.3.4', async () => {
    remote.extensions = ['SIZE 1000'];
    start();
    const [result] = await outcome(rig.queue.add({ to: ['a@there.test'], body: 'x'.repeat(1_001) }));
    expect([result?.outcome, result?.enhancedCode]).toEqual(['failed', '5.3.4']);
    expect(remote.commands).not.toContain('DATA');
  });

  test('recipients that need SMTPUTF8 fail where there is none: 5.6.7; the others are delivered', async () => {
    remote.extensions = ['8BITMIME'];
    start();
    const results = await outcome(rig.queue.add({ to: ['bücher@there.test', 'a@there.test'] }));
    expect(results.map((r) => [r.n, r.outcome, r.enhancedCode]).sort()).toEqual([
      [0, 'failed', '5.6.7'],
      [1, 'delivered', '2.0.0'],
    ]);
  });

  test('SMTPUTF8 is asked for when the sender declared it, and not needed for a header in ASCII', async () => {
    start();
    const envelope = { smtpUtf8: true };
    await outcome(rig.queue.add({ to: ['a@there.test'], envelope }));
    expect(remote.messages[0]?.mail).toContain(' SMTPUTF8');
    remote.extensions = [];
    remote.dropAll();
    const [ascii] = await outcome(rig.queue.add({ to: ['a@there.test'], envelope }));
    const [utf8] = await outcome(
      rig.queue.add({ to: ['a@there.test'], envelope, body: 'Subject: ü\r\n\r\n' }),
    );
    expect([ascii?.outcome, utf8?.enhancedCode]).toEqual(['delivered', '5.6.7']);
  });

  test('an 8-bit body is declared where the server knows 8BITMIME and sent as it is where not', async () => {
    start();
    const message = {
      to: ['a@there.test'],
      body: 'Subject: x\r\n\r\nü\r\n',
      envelope: { bodyType: '8bitmime' },
    } as const;
    await outcome(rig.queue.add(message));
    expect(remote.messages[0]?.mail).toContain(' BODY=8BITMIME');
    remote.extensions = [];
    remote.dropAll();
    await outcome(rig.queue.add(message));
    expect(remote.messages[1]?.mail).not.toContain('8BITMIME');
    expect(remote.messages[1]?.body).toContain('ü');
  });
});

describe('refusals', () => {
  const stages = ['mail', 'data', 'dot'] as const;

  test.each(stages)('5xx at %s fails all recipients for good, with the reply', async (stage) => {
    remote.script[stage] = '550-5.7.1 not\r\n550 5.7.1 wanted';
    start();
    const results = await outcome(rig.queue.add({ to: ['a@there.test', 'b@there.test'] }));
    for (const result of results) {
      expect(result).toMatchObject({
        outcome: 'failed',
        code: 550,
        enhancedCode: '5.7.1',
        reply: '550 5.7.1 not wanted',
      });
    }
    expect(results).toHaveLength(2);
    expect(rig.queue.reports).toHaveLength(1);
  });

  test.each(stages)('4xx at %s defers all recipients, with the reply', async (stage) => {
    remote.script[stage] = '451 4.7.1 come back';
    start();
    const results = await outcome(rig.queue.add({ to: ['a@there.test', 'b@there.test'] }));
    expect(results.map((r) => [r.outcome, r.code])).toEqual([
      ['deferred', 451],
      ['deferred', 451],
    ]);
    expect(rig.queue.reports).toEqual([]);
  });

  test.each([['PIPELINING'], []])('recipients are told apart (extensions: %s)', async (...extensions) => {
    remote.extensions = extensions;
    remote.script.rcpt = (line) =>
      line.includes('<no@')
        ? '550 5.1.1 no such user'
        : line.includes('<later@')
          ? '450 4.2.1 greylisted'
          : undefined;
    start();
    const results = await outcome(
      rig.queue.add({ to: ['no@t.test', 'a@t.test', 'later@t.test', 'b@t.test'] }),
    );
    const byN = [...results].sort((a, b) => a.n - b.n);
    expect(byN.map((r) => r.outcome)).toEqual(['failed', 'delivered', 'deferred', 'delivered']);
    expect(remote.messages[0]?.rcpt).toHaveLength(2);
    const report = String(rig.queue.reports[0]?.content.inline);
    expect(report).toContain('Final-Recipient: rfc822; no@t.test');
    expect(report).not.toContain('later@t.test');
  });

  test('of all recipients leave the connection fit for the next message', async () => {
    remote.script.rcpt = (line) => (line.includes('<no@') ? '550 5.1.1 no such user' : undefined);
    start({ delivery: { concurrencyPerDomain: 1 } });
    await outcome(rig.queue.add({ to: ['no@there.test'] }));
    await outcome(rig.queue.add({ to: ['a@there.test'] }));
    expect(remote.messages).toHaveLength(1);
    expect(remote.connections).toBe(1);
  });

  test.each(['421 4.3.2 busy', '554 5.7.1 go away'])('a greeting of %s defers', async (greeting) => {
    remote.script.connect = greeting;
    start();
    const [result] = await outcome(rig.queue.add({ to: ['a@there.test'] }));
    expect(result).toMatchObject({ outcome: 'deferred', code: Number(greeting.slice(0, 3)) });
  });
});

describe('a server that misbehaves', () => {
  const stages: readonly Stage[] = ['connect', 'ehlo', 'mail', 'rcpt', 'data', 'dot'];
  const steps: readonly Step[] = ['close', 'hang', 'garbage', 'endless', 'flood'];
  const cases = stages.flatMap((stage) => steps.map((step) => ({ stage, step })));

  test.each(cases)('$step at $stage: deferred with a reason, nothing lost', async ({ stage, step }) => {
    remote.script[stage] = step;
    start({ delivery: { attemptTimeoutMs: 300 } });
    const id = rig.queue.add({ to: ['a@there.test', 'b@there.test'] });
    if (stage === 'dot' && step === 'hang') {
      // Ten minutes is the least that RFC 5321 4.5.3.2.6 allows: tested with a clock of its own.
      await until(() => rig.sessions.live[0]?.detail.startsWith('Waiting for') ?? false);
      return;
    }
    const results = await outcome(id);
    expect(results.map((r) => r.outcome)).toEqual(['deferred', 'deferred']);
    expect(results[0]?.reply).toMatch(/127\.0\.0\.1/);
    expect(rig.queue.waiting).toEqual([id]);
    await until(() => rig.sessions.live.length === 0);
  });

  test.each(steps)('%s at QUIT changes nothing: the mail is delivered', async (step) => {
    remote.script.quit = step;
    start({ delivery: { idleConnectionMs: 10 } });
    const [result] = await outcome(rig.queue.add({ to: ['a@there.test'] }));
    expect(result?.outcome).toBe('delivered');
    expect(remote.messages).toHaveLength(1);
  });

  test('lost after a refusal: that refusal is final, the others are deferred', async () => {
    remote.extensions = [];
    remote.script.rcpt = (line) => (line.includes('<no@') ? '550 5.1.1 no such user' : 'close');
    start();
    const results = await outcome(rig.queue.add({ to: ['no@there.test', 'a@there.test'] }));
    expect(results.map((r) => r.outcome)).toEqual(['failed', 'deferred']);
  });
});
