import { describe, expect, it } from 'vitest';
import { type ScanContent, ScannerError } from '../../../daemon/scan/scanner.ts';
import { Spamd } from '../../../daemon/scan/spamd.ts';
import { answering, fakeScanner, type ScannerScript } from '../../helpers/fake-scanner.ts';

const body = Buffer.from('Subject: x\r\n\r\nhello\r\n');
const content: ScanContent = { sizeBytes: body.length, inline: body, path: null };
const hasAll = (received: Buffer): boolean => received.toString('latin1').endsWith(`\r\n\r\n${body}`);
const scan = async (script: ScannerScript, message = content) =>
  new Spamd((await fakeScanner(script)).address).scan(message, null, AbortSignal.timeout(10_000));
const saying = (answer: string): ScannerScript => answering(answer, hasAll);

const spam =
  'SPAMD/1.1 0 EX_OK\r\nContent-length: 19\r\nSpam: True ; 1000.0 / 5.0\r\n\r\nGTUBE,NO_RECEIVED\r\n';

describe('spamd', () => {
  it('is asked for the names of rules, with the length of the message', async () => {
    const scanner = await fakeScanner(saying(spam));
    expect(await new Spamd(scanner.address).scan(content, null, AbortSignal.timeout(10_000))).toEqual({
      kind: 'spam',
      score: 1000,
      required: 5,
      tests: ['GTUBE', 'NO_RECEIVED'],
    });
    expect(scanner.received[0]?.toString()).toBe(`SYMBOLS SPAMC/1.5\r\nContent-length: 21\r\n\r\n${body}`);
  });

  it('may have no rule that matches, and a score below zero', async () => {
    const answer = 'SPAMD/1.1 0 EX_OK\r\nSpam: False ; -0.5 / 5.0\r\nContent-length: 2\r\n\r\n\r\n';
    expect(await scan(saying(answer))).toEqual({ kind: 'ham', score: -0.5, required: 5, tests: [] });
  });

  it('is understood however its answer is cut', async () => {
    for (let cut = 1; cut < spam.length; cut++) {
      const script = answering([spam.slice(0, cut), spam.slice(cut)], hasAll);
      expect(await scan(script)).toMatchObject({ kind: 'spam', tests: ['GTUBE', 'NO_RECEIVED'] });
    }
  });

  it('says that it is there', async () => {
    const scanner = await fakeScanner(answering('SPAMD/1.5 0 PONG\r\n', (received) => received.length > 10));
    expect(await new Spamd(scanner.address).probe(AbortSignal.timeout(10_000))).toEqual({
      version: 'SPAMD/1.5',
      signaturesAt: null,
    });
    expect(scanner.received[0]?.toString()).toBe('PING SPAMC/1.5\r\n\r\n');
  });
});

describe('what is no verdict is never a good one', () => {
  it.each<[string, ScannerScript]>([
    ['closes at once', (socket) => socket.destroy()],
    ['says nothing and closes', saying('')],
    ['has too little time', saying('SPAMD/1.1 79 Timeout: (300 second timeout while trying to SYMBOLS)\r\n')],
    ['finds the message too long', saying('SPAMD/1.0 98 message too large\r\n')],
    ['is another program', saying('220 mail.example.org ESMTP\r\nSpam: False ; 0 / 5\r\n\r\n')],
    ['is cut off in its head', saying(spam.slice(0, 60))],
    ['is cut off in its rules', saying(spam.slice(0, -10))],
    ['gives no score', saying('SPAMD/1.1 0 EX_OK\r\nSpam: False ; nan / 5.0\r\n\r\n')],
    ['gives no word', saying('SPAMD/1.1 0 EX_OK\r\nSpam: Perhaps ; 1.0 / 5.0\r\n\r\n')],
    ['never stops talking', (socket) => socket.once('data', () => socket.write('x'.repeat(1_000_000)))],
  ])('when spamd %s', async (_, script) => {
    await expect(scan(script)).rejects.toThrow(ScannerError);
  });

  it('when it answers before it had the message', async () => {
    const large = Buffer.alloc(20_000_000, 'x');
    const script: ScannerScript = (socket) => {
      socket.write(spam.replace('True', 'False'));
      socket.once('data', () => socket.end());
    };
    await expect(scan(script, { sizeBytes: large.length, inline: large, path: null })).rejects.toThrow(
      ScannerError,
    );
  });
});
