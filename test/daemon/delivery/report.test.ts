/** Reports to senders: who gets one, and what stands in it (RFC 3461, 3462, 3464). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewMessage } from '../../../daemon/queue/queue-port.ts';
import { DeliveryRig, type RigOptions, via } from '../../helpers/delivery-rig.ts';
import type { Given } from '../../helpers/fake-delivery-queue.ts';
import { RemoteSmtp } from '../../helpers/remote-smtp.ts';
import { until } from '../../helpers/until.ts';

const HOUR = 3_600_000;
let remote: RemoteSmtp;
let rig: DeliveryRig;

beforeEach(async () => {
  remote = await RemoteSmtp.start({ rcpt: '550 5.1.1 no such user' });
});
afterEach(async () => {
  await rig.stop();
  await remote.stop();
});

async function reports(given: Partial<Given>, options: RigOptions = {}): Promise<readonly NewMessage[]> {
  rig = new DeliveryRig({ routes: [{ domain: '*', via: via(remote.port) }], ...options });
  const id = rig.queue.add({ to: ['gone@there.test'], ...given });
  rig.delivery.start();
  await until(() => rig.queue.resultsOf(id).length > 0, 'an outcome');
  return rig.queue.reports;
}

const textOf = (message: NewMessage | undefined): string => String(message?.content.inline);

/** The parts of a multipart message, by their content type. */
function parts(text: string): Map<string, string> {
  const boundary = /boundary="([^"]+)"/.exec(text)?.[1];
  expect(text.endsWith(`\r\n--${boundary}--\r\n`)).toBe(true);
  const bodies = text.split(`\r\n--${boundary}`).slice(1, -1);
  return new Map(
    bodies.map((part) => {
      const [header = '', ...body] = part.split('\r\n\r\n');
      return [/Content-Type: ([^;\r]+)/.exec(header)?.[1] ?? '', body.join('\r\n\r\n')];
    }),
  );
}

describe('a report of failure', () => {
  test('goes to the sender with the null sender, and says what failed and why', async () => {
    const body = 'Subject: hello\r\n\r\nmy text\r\n';
    const arrivedAt = Date.now() - HOUR;
    const [report, ...more] = await reports({
      from: 'me@elsewhere.test',
      createdAt: arrivedAt,
      body,
      to: [{ address: 'gone@there.test', originalRecipient: 'rfc822;alias@here.test' }],
      envelope: { envelopeId: 'env 1' },
    });
    expect(more).toEqual([]);
    expect(report).toMatchObject({
      envelope: { from: '', bodyType: '7bit', smtpUtf8: false },
      remote: [{ address: 'me@elsewhere.test', notify: 'NEVER', originalRecipient: null }],
      local: [],
      content: { subject: 'Undelivered mail returned to sender', file: null },
      source: { sessionId: null, remoteAddress: null, user: null },
    });
    const text = textOf(report);
    expect(report?.content.sizeBytes).toBe(text.length);
    expect(text).toMatch(
      /^From: Mail Delivery System <MAILER-DAEMON@mail\.here\.test>\r\nTo: <me@elsewhere\.test>\r\n/,
    );
    expect(text).toContain('\r\nAuto-Submitted: auto-replied\r\n');
    expect(text).toContain(`\r\nMessage-ID: ${report?.content.messageId}\r\n`);
    expect(text).toContain('\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n');

    const found = parts(text);
    expect([...found.keys()]).toEqual(['text/plain', 'message/delivery-status', 'message/rfc822']);
    expect(found.get('text/plain')).toContain('<gone@there.test>\r\n    550 5.1.1 no such user\r\n');
    expect(found.get('message/delivery-status')?.split('\r\n')).toEqual([
      'Original-Envelope-Id: env 1',
      'Reporting-MTA: dns; mail.here.test',
      'X-Queue-ID: 1',
      `Arrival-Date: ${new Date(arrivedAt).toUTCString().replace('GMT', '+0000')}`,
      '',
      'Original-Recipient: rfc822; alias@here.test',
      'Final-Recipient: rfc822; gone@there.test',
      'Action: failed',
      'Status: 5.1.1',
      'Remote-MTA: dns; [127.0.0.1]',
      'Diagnostic-Code: smtp; 550 5.1.1 no such user',
      expect.stringMatching(/^Last-Attempt-Date: /),
      '',
    ]);
    expect(found.get('message/rfc822')).toBe(body);
  });

  test('names all recipients that failed, and none that did not', async () => {
    remote.script.rcpt = (line) => (line.includes('<gone') ? '550 5.1.1 no such user' : undefined);
    const [report] = await reports({ to: ['gone1@t.test', 'fine@t.test', 'gone2@t.test'] });
    const status = parts(textOf(report)).get('message/delivery-status') ?? '';
    expect(status.match(/Final-Recipient: .*/g)).toEqual([
      'Final-Recipient: rfc822; gone1@t.test',
      'Final-Recipient: rfc822; gone2@t.test',
    ]);
  });

  test('goes into the mailbox of a sender of ours, and where its alias leads', async () => {
    const [report] = await reports(
      {},
      {
        resolve: () => ({
          kind: 'known',
          accounts: [{ accountId: 7, address: 'sender@here.test' }],
          elsewhere: ['copy@elsewhere.test'],
        }),
      },
    );
    expect(report?.local).toMatchObject([{ accountId: 7, address: 'sender@here.test' }]);
    expect(report?.remote).toMatchObject([{ address: 'copy@elsewhere.test' }]);
  });

  test.each([
    ['with RET=HDRS', { envelope: { returnContent: 'headers' } }],
    ['of a large message', { body: `Subject: hello\r\n\r\n${'x'.repeat(78)}\r\n${'y\r\n'.repeat(30_000)}` }],
  ] as const)('%s brings back the header only', async (_, given) => {
    const [report] = await reports(given as Partial<Given>);
    expect(parts(textOf(report)).get('text/rfc822-headers')).toBe('Subject: hello\r\n');
  });

  test('brings back 8-bit text as it is, and says so in its envelope', async () => {
    const body = Buffer.from('Subject: x\r\n\r\nGr\xfc\xdfe\r\n', 'latin1');
    const [report] = await reports({ body });
    expect(report?.envelope.bodyType).toBe('8bitmime');
    expect(report?.content.inline?.includes(body)).toBe(true);
  });

  test('is international when an address is (RFC 6533)', async () => {
    remote.extensions = [];
    const [report] = await reports({ to: ['bücher@there.test'] });
    expect(report?.envelope).toMatchObject({ smtpUtf8: true, bodyType: '8bitmime' });
    const status = parts(textOf(report)).get('message/global-delivery-status');
    expect(status).toContain('Final-Recipient: utf-8; bücher@there.test');
    expect(status).toContain('Status: 5.6.7');
  });

  test('lets no line be made by the reply of a hostile server', async () => {
    remote.script.rcpt = `550 5.1.1 \x1b]52;c;x\x07\x00 no\rFinal-Recipient: rfc822; you\u202e@there.test ${'z'.repeat(900)}`;
    const [report] = await reports({});
    const text = textOf(report);
    expect(text).not.toMatch(/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\xff\u202e]/);
    expect(text).not.toMatch(/\r\n\s*Final-Recipient: rfc822; you/);
    expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThan(998);
  });

  test('tells of our own findings as our own, not as words of a server', async () => {
    rig = new DeliveryRig();
    const id = rig.queue.add({ to: ['a@nowhere.test'] });
    rig.delivery.start();
    await until(() => rig.queue.resultsOf(id).length > 0);
    const text = textOf(rig.queue.reports[0]);
    expect(text).toContain('Status: 5.1.2\r\n');
    expect(text).toContain('Diagnostic-Code: x-maild; nowhere.test does not exist');
    expect(text).not.toContain('Remote-MTA');
  });
});

describe('no report of failure', () => {
  const warned = () => rig.log.filter((line) => line.message === 'report dropped').length;

  test('goes out about a report: a message with the null sender just ends, and is logged', async () => {
    expect(await reports({ from: '' })).toEqual([]);
    expect(rig.queue.waiting).toEqual([]);
    expect(warned()).toBe(1);
  });

  test.each([
    { kind: 'unknown' } as const,
    { kind: 'refused', temporary: true, reason: 'over quota' } as const,
  ])('goes to a sender who is $kind', async (resolution) => {
    expect(await reports({}, { resolve: () => resolution })).toEqual([]);
    expect(rig.queue.waiting).toEqual([]);
    expect(warned()).toBe(1);
  });

  test.each(['NEVER', 'SUCCESS', 'DELAY,SUCCESS'])('goes out with NOTIFY=%s', async (notify) => {
    expect(await reports({ to: [{ address: 'gone@there.test', notify }] })).toEqual([]);
    expect(warned()).toBe(0);
  });
});

test('a notice of delay says until when it will be tried, and brings the header back', async () => {
  remote.script.rcpt = '450 4.2.1 greylisted';
  const [report] = await reports({ createdAt: Date.now() - 5 * HOUR });
  expect(rig.queue.results[0]).toMatchObject({ outcome: 'deferred', delayNotified: true });
  const found = parts(textOf(report));
  expect(report?.content.subject).toBe('Your mail is delayed');
  expect(found.get('message/delivery-status')).toMatch(
    /Action: delayed\r\nStatus: 4\.2\.1\r\n[\s\S]*\r\nWill-Retry-Until: /,
  );
  expect([...found.keys()]).toContain('text/rfc822-headers');
});

test('mail that was in the queue for too long fails with 4.4.7 and the last reply', async () => {
  remote.script.rcpt = '450 4.2.1 greylisted';
  const [report] = await reports({ createdAt: Date.now() - 200 * HOUR, expiresAt: Date.now() - 1 });
  const text = textOf(report);
  expect(text).toContain('Status: 4.4.7\r\n');
  expect(text.replace(/\r\n +/g, ' ')).toContain(
    'Delivery time expired; the last attempt: 450 4.2.1 greylisted',
  );
});
