import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ScannerAddress } from '../../../daemon/config/config.ts';
import { Rspamd } from '../../../daemon/scan/rspamd.ts';
import { type ScanFacts, ScannerError, UnscannableError } from '../../../daemon/scan/scanner.ts';
import { fakeScanner, type ScannerScript } from '../../helpers/fake-scanner.ts';
import { testFolder } from '../../helpers/test-store.ts';

const body = Buffer.from('Subject: x\r\n\r\nhello\r\n');
const content = { sizeBytes: body.length, inline: body, path: null };
const facts: ScanFacts = {
  queueId: 42,
  from: 'ann@example.test',
  recipients: ['bob@example.com', 'grün@example.com'],
  remoteAddress: '192.0.2.7',
  helo: 'bad\r\nIP: 127.0.0.1',
  user: null,
};
const scan = (address: ScannerAddress) =>
  new Rspamd(address).scan(content, facts, AbortSignal.timeout(10_000));

async function httpServer(listener: RequestListener, path?: string): Promise<ScannerAddress> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const at = server.address();
  return at === null || typeof at === 'string' ? { path: path ?? '' } : { host: '127.0.0.1', port: at.port };
}

/** Reads the request to its end, then answers. */
const answering =
  (
    answer: unknown,
    seen: (headers: NodeJS.Dict<string | string[]>, body: string) => void = () => {},
  ): RequestListener =>
  async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    seen({ ...request.headersDistinct, url: request.url ?? '' }, Buffer.concat(pieces).toString());
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };

const ham = {
  is_skipped: false,
  score: 0.5,
  required_score: 15,
  action: 'no action',
  symbols: { DATE_IN_PAST: {} },
};

describe('rspamd', () => {
  it('is shown the message and what is known of it, without letting a stranger write headers', async () => {
    let asked: NodeJS.Dict<string | string[]> = {};
    let shown = '';
    const address = await httpServer(
      answering(ham, (headers, text) => {
        asked = headers;
        shown = text;
      }),
    );
    expect(await scan(address)).toEqual({ kind: 'ham', score: 0.5, required: 15, tests: ['DATE_IN_PAST'] });
    expect(shown).toBe(body.toString());
    expect(asked).toMatchObject({
      url: '/checkv2',
      ip: ['192.0.2.7'],
      from: ['ann@example.test'],
      rcpt: ['bob@example.com'],
      'queue-id': ['42'],
    });
    expect(asked.helo).toBeUndefined();
  });

  it('is asked over a Unix socket', async () => {
    const path = join(await testFolder(), 'rspamd.sock');
    expect(await scan(await httpServer(answering(ham), path))).toMatchObject({ kind: 'ham' });
  });

  it.each([
    ['reject', 'spam'],
    ['add header', 'spam'],
    ['rewrite subject', 'spam'],
    ['greylist', 'ham'],
    ['soft reject', 'ham'],
    ['no action', 'ham'],
  ])('whose action is %s means %s', async (action, kind) => {
    expect(await scan(await httpServer(answering({ ...ham, action })))).toMatchObject({ kind });
  });

  it('that skipped the rest after a rule had decided has found spam', async () => {
    const answer = { ...ham, is_skipped: true, action: 'reject', score: 15, symbols: { GTUBE: {} } };
    expect(await scan(await httpServer(answering(answer)))).toMatchObject({ kind: 'spam', tests: ['GTUBE'] });
  });

  it('says that it is there, and its version', async () => {
    const address = await httpServer((_, response) => {
      response.setHeader('Server', 'rspamd/3.4');
      response.end('pong\r\n');
    });
    const found = await new Rspamd(address).probe(AbortSignal.timeout(10_000));
    expect(found).toEqual({ version: 'rspamd/3.4', signaturesAt: null });
  });
});

describe('what is no verdict is never a good one', () => {
  it.each<[string, unknown]>([
    ['talks nonsense', 'hello'],
    ['answers null', null],
    ['has no action', { ...ham, action: undefined }],
    ['has an action that nobody knows', { ...ham, action: 'shrug' }],
    ['has no score', { ...ham, score: 'low' }],
    ['has more to say than anybody can take', 'x'.repeat(2_000_000)],
  ])('when rspamd %s', async (_, answer) => {
    await expect(scan(await httpServer(answering(answer)))).rejects.toThrow(ScannerError);
  });

  it('when its settings make it skip the message', async () => {
    await expect(scan(await httpServer(answering({ ...ham, is_skipped: true })))).rejects.toThrow(
      UnscannableError,
    );
  });

  it('when it answers with an error', async () => {
    const address = await httpServer((_, response) => {
      response.statusCode = 500;
      response.end(JSON.stringify(ham));
    });
    await expect(scan(address)).rejects.toThrow('status 500');
  });

  const cutOff = `HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${JSON.stringify(ham)}`;
  it.each<[string, ScannerScript]>([
    ['closes at once', (socket) => socket.destroy()],
    ['closes in the middle', (socket) => socket.once('data', () => socket.destroy())],
    ['is cut off', (socket) => socket.once('data', () => socket.end(cutOff))],
    ['is no web server', (socket) => socket.once('data', () => socket.end('220 ESMTP\r\n'))],
  ])('when it %s', async (_, script) => {
    await expect(scan((await fakeScanner(script)).address)).rejects.toThrow(ScannerError);
  });

  it('when nobody listens', async () => {
    await expect(scan({ path: '/nonexistent/rspamd.sock' })).rejects.toThrow('there is no such socket');
  });

  it('when it hangs', async () => {
    const controller = new AbortController();
    const { address } = await fakeScanner((socket) =>
      socket.once('data', () => controller.abort(new Error('enough'))),
    );
    await expect(new Rspamd(address).scan(content, facts, controller.signal)).rejects.toThrow('enough');
  });
});
