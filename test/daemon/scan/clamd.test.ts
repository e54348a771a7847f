import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ScannerAddress } from '../../../daemon/config/config.ts';
import { Clamd } from '../../../daemon/scan/clamd.ts';
import { type ScanContent, ScannerError, UnscannableError } from '../../../daemon/scan/scanner.ts';
import { answering, clamdHasAll, fakeScanner, type ScannerScript } from '../../helpers/fake-scanner.ts';
import { testFolder } from '../../helpers/test-store.ts';

const inline = (bytes: Buffer): ScanContent => ({ sizeBytes: bytes.length, inline: bytes, path: null });
const small = inline(Buffer.from('Subject: x\r\n\r\nhello\r\n'));
const patience = (): AbortSignal => AbortSignal.timeout(10_000);
const scan = (address: ScannerAddress, content = small, signal = patience()) =>
  new Clamd(address).scan(content, null, signal);
const scanWith = async (script: ScannerScript, content = small, signal?: AbortSignal) =>
  scan((await fakeScanner(script)).address, content, signal ?? patience());
const ok = answering('stream: OK\0', clamdHasAll);

/** The message in a stream of chunks, each behind its length. */
function chunksOf(received: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 'zINSTREAM\0'.length; at < received.length; ) {
    const length = received.readUInt32BE(at);
    pieces.push(received.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return Buffer.concat(pieces);
}

describe('clamd', () => {
  it('is shown the whole message, and its OK is a good verdict', async () => {
    const scanner = await fakeScanner(ok);
    const body = randomBytes(300_000);
    expect(await scan(scanner.address, inline(body))).toEqual({ kind: 'clean' });
    expect(chunksOf(scanner.received[0] ?? Buffer.alloc(0)).equals(body)).toBe(true);
  });

  it('is shown a message from its file, over a Unix socket', async () => {
    const folder = await testFolder();
    const body = randomBytes(200_001);
    writeFileSync(join(folder, 'm.eml'), body);
    const scanner = await fakeScanner(ok, join(folder, 'clamd.sock'));
    const content = { sizeBytes: body.length, inline: null, path: join(folder, 'm.eml') };
    expect(await scan(scanner.address, content)).toEqual({ kind: 'clean' });
    expect(chunksOf(scanner.received[0] ?? Buffer.alloc(0)).equals(body)).toBe(true);
  });

  it('names the virus, however its answer is cut', async () => {
    const answer = 'stream: Win.Test.EICAR_HDB-1 FOUND\0';
    for (let cut = 1; cut < answer.length; cut++) {
      const script = answering([answer.slice(0, cut), answer.slice(cut)], clamdHasAll);
      expect(await scanWith(script)).toEqual({ kind: 'virus', name: 'Win.Test.EICAR_HDB-1' });
    }
  });

  it('that found a virus before the end of the message has found it', async () => {
    const script: ScannerScript = (socket) => socket.once('data', () => socket.end('stream: Evil FOUND\0'));
    const large = inline(randomBytes(20_000_000));
    expect(await scanWith(script, large)).toEqual({ kind: 'virus', name: 'Evil' });
  });
});

describe('what is no verdict is never a good one', () => {
  it.each<[string, ScannerScript]>([
    ['closes at once', (socket) => socket.destroy()],
    ['closes in the middle of the message', (socket) => socket.once('data', () => socket.destroy())],
    ['says nothing and closes', answering('', clamdHasAll)],
    ['talks nonsense', answering('HTTP/1.1 200 OK\r\n\r\nstream: OK', clamdHasAll)],
    ['talks nonsense that ends well', answering('well, stream: OK\0', clamdHasAll)],
    ['says OK twice', answering('stream: OK\0stream: OK\0', clamdHasAll)],
    ['is cut off within its answer', answering('stream: OK', clamdHasAll)],
    ['is cut off within the name of a virus', answering('stream: Evil FOUN', clamdHasAll)],
    ['says that the message is too long', answering('INSTREAM size limit exceeded. ERROR\0', clamdHasAll)],
    ['fails', answering('stream: lstat() failed: No such file or directory. ERROR\0', clamdHasAll)],
    ['never stops talking', (socket) => socket.once('data', () => socket.write('x'.repeat(100_000)))],
  ])('when clamd %s', async (_, script) => {
    await expect(scanWith(script)).rejects.toThrow(ScannerError);
  });

  it('when it says OK before it had the message', async () => {
    const script: ScannerScript = (socket) => {
      socket.write('stream: OK\0');
      socket.once('data', () => socket.end());
    };
    const large = inline(randomBytes(20_000_000));
    await expect(scanWith(script, large)).rejects.toThrow('before it had the whole message');
  });

  it('when nobody listens', async () => {
    await expect(scan({ path: '/nonexistent/clamd.ctl' })).rejects.toThrow('there is no such socket');
  });

  it('when it hangs: the scan ends with its signal, and so does the connection', async () => {
    const controller = new AbortController();
    let closed: () => void = () => {};
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const script: ScannerScript = (socket) => {
      socket.once('end', closed);
      socket.once('data', () => controller.abort(new Error('enough')));
    };
    await expect(scanWith(script, small, controller.signal)).rejects.toThrow('enough');
    await gone;
  });

  it('when it hangs without reading a large message', async () => {
    const controller = new AbortController();
    const script: ScannerScript = (socket) => {
      socket.pause();
      setImmediate(() => controller.abort(new Error('enough')));
    };
    await expect(scanWith(script, inline(randomBytes(20_000_000)), controller.signal)).rejects.toThrow(
      'enough',
    );
  });

  it('when the file of the message is too short, or gone', async () => {
    const scanner = await fakeScanner(ok);
    const path = join(await testFolder(), 'm.eml');
    await expect(scan(scanner.address, { sizeBytes: 5, inline: null, path })).rejects.toThrow(
      UnscannableError,
    );
    writeFileSync(path, 'abc');
    await expect(scan(scanner.address, { sizeBytes: 5, inline: null, path })).rejects.toThrow(
      'ends after 3 of 5',
    );
  });
});

describe('the version', () => {
  const probe = async (answer: string) =>
    new Clamd((await fakeScanner(answering(answer, clamdHasAll))).address).probe(patience());

  it('has the time of the signatures in it', async () => {
    expect(await probe('ClamAV 1.4.6/27400/Fri Nov 20 09:24:26 2026\0')).toEqual({
      version: 'ClamAV 1.4.6',
      signaturesAt: new Date('Fri Nov 20 09:24:26 2026').getTime(),
    });
  });

  it('has none without a database of ClamAV', async () => {
    expect(await probe('ClamAV 1.4.6\0')).toEqual({ version: 'ClamAV 1.4.6', signaturesAt: null });
    expect(await probe('ClamAV 1.4.6/0/soon\0')).toMatchObject({ signaturesAt: null });
  });

  it('that is none is an error', async () => {
    await expect(probe('220 mail ESMTP\r\n\0')).rejects.toThrow(ScannerError);
    await expect(probe('')).rejects.toThrow(ScannerError);
  });
});
