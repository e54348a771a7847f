import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ago, ahead, sampleDetail } from '../helpers/api-samples.ts';
import { FakeDaemon } from '../helpers/fake-daemon.ts';
import { runMailctl } from '../helpers/run-mailctl.ts';

let daemon: FakeDaemon;
beforeAll(async () => {
  daemon = await FakeDaemon.start();
});
afterAll(() => daemon.stop());

const run = (args: readonly string[], options: Parameters<typeof runMailctl>[1] = {}) =>
  runMailctl(['queue', ...args], { socket: daemon.socket, ...options });

describe('queue show', () => {
  it('shows the envelope, each recipient, each attempt and its reply', async () => {
    daemon.script({ 'queue.show': sampleDetail({ state: 'held', heldReason: 'by order' }) });
    const { stdout, code } = await run(['show', '4711']);
    expect(code).toBe(0);
    for (const text of [
      'held: by order',
      'news@example.org',
      'Your weekly letter',
      'ENVID=news-4711 RET=HEADERS',
      'joe@example.net  pending  NOTIFY=FAILURE,DELAY  ORCPT=rfc822;joe@example.net',
      'kim@example.net  delivered',
      '4.4.1 connect to mx2.example.net [203.0.113.41]:25 timed out',
      'mx1.example.net [203.0.113.40]',
      '451 4.7.1 Greylisted, please try again in 5 minutes',
      '250 2.0.0 Ok: queued as 4F1A22',
    ])
      expect(stdout).toContain(text);
    expect(daemon.paramsOf('queue.show')).toEqual([{ id: 4711 }]);
  });

  it('wraps replies instead of cutting them on a terminal', async () => {
    daemon.script({ 'queue.show': sampleDetail() });
    const { stdout } = await run(['show', '4711'], { tty: true, env: { NO_COLOR: '1' } });
    expect(stdout.replace(/\s+/g, ' ')).toContain('please try again in 5 minutes');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('shows what is left of a message that is done', async () => {
    daemon.script({ 'queue.show': sampleDetail({ outcome: 'done', finishedAt: ago(60) }) });
    const { stdout } = await run(['show', '4711']);
    expect(stdout).toContain('finished at 2026-11-22T14:01:31.000Z');
    expect(stdout).not.toContain('Next attempt');
  });

  it('is one object as JSON', async () => {
    daemon.script({ 'queue.show': sampleDetail() });
    expect(JSON.parse((await run(['show', '4711', '--json'])).stdout)).toEqual(sampleDetail());
  });

  describe('the message itself', () => {
    const message = Buffer.concat([
      Buffer.from('Subject: \x1b[2Jhi\r\nX: y\r\n\r\nbody \xe9\x1b\r\n\r\nend', 'latin1'),
    ]);
    const sliced =
      (size: number) =>
      ({ offset = 0 }: { offset?: number | undefined }) => ({
        data: message.subarray(offset, offset + size).toString('base64'),
        offset,
        sizeBytes: message.length,
      });

    it.each([1, 2, 7, 1_000])('comes byte for byte in slices of %d bytes', async (size) => {
      daemon.script({ 'queue.content': sliced(size) });
      expect((await run(['show', '1', '--raw'])).bytes).toEqual(message);
      expect((await run(['show', '1', '--raw'], { tty: true })).bytes).toEqual(message);
      const end = message.indexOf('\r\n\r\n') + 4;
      expect((await run(['show', '1', '--headers'])).bytes).toEqual(message.subarray(0, end));
      expect((await run(['show', '1', '--body'])).bytes).toEqual(message.subarray(end));
    });

    it.each([1, 5, 1_000])('is made visible on a terminal, in slices of %d bytes', async (size) => {
      daemon.script({ 'queue.content': sliced(size) });
      expect((await run(['show', '1', '--headers'], { tty: true })).stdout).toBe(
        'Subject: \\x1b[2Jhi\nX: y\n\n',
      );
      expect((await run(['show', '1', '--body'], { tty: true })).stdout).toBe('body \ufffd\\x1b\n\nend\n');
    });

    it('is shown one way at a time', async () => {
      expect(await run(['show', '1', '--raw', '--body'])).toMatchObject({ code: 64, stdout: '' });
    });
  });
});

it('queue explain says why, when, and what would help', async () => {
  const explanation = {
    id: 4711,
    state: 'deferred' as const,
    reasons: [
      { code: 'waiting_for_retry', text: 'mx1 said "451 later".', remedy: 'mailctl queue send-now 4711' },
      { code: 'paused', text: 'Delivering is paused.', remedy: null },
    ],
    nextAttemptAt: ahead(125),
    expiresAt: ahead(86_400),
    destinations: [{ domain: 'example.net', via: 'MX mx1.example.net', pending: 2 }],
  };
  daemon.script({ 'queue.explain': explanation });
  const { stdout } = await run(['explain', '4711']);
  expect(stdout).toContain('Message 4711 is deferred.');
  expect(stdout).toContain('mx1 said "451 later".\n  help: mailctl queue send-now 4711\n');
  expect(stdout).toContain('Delivering is paused.');
  expect(stdout).toContain('in 2m 05s');
  expect(stdout).toContain('2 recipients at example.net by MX mx1.example.net.');
  expect(JSON.parse((await run(['explain', '4711', '--json'])).stdout)).toEqual(explanation);
});
