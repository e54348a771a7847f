/** The checks that speak SMTP, with servers that answer from a script. */
import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nullSenderCheck } from '../../../daemon/selftest/checks/null-sender.ts';
import { openRelayCheck } from '../../../daemon/selftest/checks/open-relay.ts';
import type { ListenerStatus } from '../../../shared/api/server.ts';

type Script = (command: string, socket: Socket) => string | null;

/** A listener that greets, and answers each line as the script says; null: says nothing. */
async function smtpServer(
  script: Script,
  greeting = '220 test\r\n',
): Promise<ListenerStatus & { heard: string[] }> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write(greeting);
    socket.setEncoding('latin1').on('data', (text: string) => {
      for (const line of text.split('\r\n').filter((one) => one !== '')) {
        heard.push(line);
        const reply = script(line, socket);
        if (reply !== null) socket.write(reply);
      }
    });
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return { protocol: 'smtp', address: '127.0.0.1', port, tls: 'starttls', error: null, heard };
}

const answers =
  (replies: Readonly<Record<string, string>>): Script =>
  (command) =>
    replies[command.slice(0, 4)] ?? '250 ok\r\n';

async function relay(listener: ListenerStatus, relayNetworks: readonly string[] = []) {
  let refused = 0;
  const check = openRelayCheck({
    relayNetworks: () => relayNetworks,
    listeners: () => [listener],
    refused: () => {
      refused += 1;
    },
  });
  const result = await check
    .run(AbortSignal.timeout(2_000))
    .catch((error: Error) => ({ error: error.message }));
  return { result, refused };
}

const endless: Script = (_, socket) => {
  socket.write('250-x\r\n'.repeat(10_000));
  return null;
};

describe('the relay test', () => {
  it('finds a listener that takes mail from a stranger to a stranger, and sends none', async () => {
    const listener = await smtpServer(answers({ EHLO: '250-test\r\n250 SIZE\r\n' }));
    const { result, refused } = await relay(listener);
    expect(result).toMatchObject({
      findings: [{ code: 'relay.open', severity: 'error', subject: `smtp 127.0.0.1:${listener.port}` }],
    });
    expect(refused).toBe(0);
    expect(listener.heard.some((line) => line.startsWith('DATA'))).toBe(false);
  });

  it('is content with one that refuses, and tells that it was our own attempt', async () => {
    const listener = await smtpServer(answers({ RCPT: '550 5.7.1 Relaying denied\r\n' }));
    expect(await relay(listener)).toEqual({ result: { outcome: 'ok' }, refused: 1 });
  });

  it('does not try what only this machine can reach and may do', async () => {
    const listener = await smtpServer(answers({}));
    expect((await relay(listener, ['127.0.0.0/8'])).result).toEqual({ outcome: 'ok' });
    expect(listener.heard).toEqual([]);
  });

  it.each([['0.0.0.0/0'], ['::/0'], ['192.0.0.0/6']])('takes %s for everybody', async (network) => {
    const listener = await smtpServer(answers({}));
    expect((await relay(listener, [network])).result).toMatchObject({
      findings: [{ code: 'relay.open', subject: network }],
    });
  });

  it.each([['10.0.0.0/8'], ['127.0.0.0/8'], ['fd00::/8'], ['192.168.0.0/16']])(
    'minds %s not',
    async (network) => {
      const listener = await smtpServer(answers({ RCPT: '550 no\r\n' }));
      expect((await relay(listener, [network])).result).toEqual({ outcome: 'ok' });
    },
  );

  it.each([
    ['greets with a refusal', answers({}), '554 go away\r\n', /554 go away/],
    ['says nothing', () => null, '220 test\r\n', /no answer in time|aborted/],
    ['never ends a reply', endless, '220 test\r\n', /without an end/],
  ] satisfies [string, Script, string, RegExp][])(
    'of a listener that %s could not be made',
    async (...row) => {
      const [, script, greeting, reason] = row;
      const { result } = await relay(await smtpServer(script, greeting));
      expect(result).toMatchObject({ error: expect.stringMatching(reason) });
    },
  );
});

describe('the null sender', () => {
  const check = async (mail: string, paused = false) => {
    const listener = await smtpServer(answers({ MAIL: mail }));
    return nullSenderCheck({ listeners: () => [listener], receivingPaused: () => paused }).run(
      AbortSignal.timeout(2_000),
    );
  };

  it('must be taken; a refusal for now is not held against it', async () => {
    expect(await check('250 ok\r\n')).toEqual({ outcome: 'ok' });
    expect(await check('550 no bounces here\r\n')).toMatchObject({
      findings: [{ code: 'smtp.null_sender_refused', severity: 'error' }],
    });
    expect(await check('451 later\r\n')).toMatchObject({ outcome: 'could_not_check' });
    expect(await check('550 no\r\n', true)).toEqual({ outcome: 'ok' });
  });
});
