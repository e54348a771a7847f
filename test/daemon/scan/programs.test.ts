/** The clients of the scanners and the scanners themselves, as distributions have them. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Clamd } from '../../../daemon/scan/clamd.ts';
import { Rspamd } from '../../../daemon/scan/rspamd.ts';
import { type ScanContent, UnscannableError } from '../../../daemon/scan/scanner.ts';
import { Spamd } from '../../../daemon/scan/spamd.ts';
import {
  clamd,
  eicar,
  gtube,
  rspamd,
  type ScannerProgram,
  spamd,
  startClamd,
  startRspamd,
  startSpamd,
} from '../../helpers/scanner-programs.ts';
import { testFolder } from '../../helpers/test-store.ts';

const inline = (text: string): ScanContent => ({
  sizeBytes: text.length,
  inline: Buffer.from(text, 'latin1'),
  path: null,
});
const message = (body: string): ScanContent =>
  inline(`From: ann@example.test\r\nTo: bob@example.com\r\nSubject: x\r\n\r\n${body}\r\n`);
const facts = {
  queueId: 1,
  from: 'ann@example.test',
  recipients: [],
  remoteAddress: null,
  helo: null,
  user: null,
};
const patience = (): AbortSignal => AbortSignal.timeout(30_000);

const attachment = (name: string, bytes: Buffer): ScanContent =>
  inline(
    [
      'From: ann@example.test',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="b"',
      '',
      '--b',
      `Content-Type: application/octet-stream; name="${name}"`,
      'Content-Transfer-Encoding: base64',
      '',
      ...(bytes.toString('base64').match(/.{1,76}/g) ?? []),
      '--b--',
      '',
    ].join('\r\n'),
  );

describe.skipIf(clamd === null)(`ClamAV at ${clamd ?? 'clamd (not installed)'}`, () => {
  let program: ScannerProgram;
  beforeAll(async () => {
    program = await startClamd();
  }, 60_000);
  afterAll(() => program.dispose());
  const places = () => [{ path: program.socket }, { host: '127.0.0.1', port: program.port }];

  it('finds its virus in the text and in an attachment, over either kind of socket', async () => {
    for (const place of places()) {
      const found = { kind: 'virus', name: expect.stringContaining('MaildTest.EICAR') };
      expect(await new Clamd(place).scan(message(eicar), facts, patience())).toEqual(found);
      const attached = attachment('x.com', Buffer.from(eicar, 'latin1'));
      expect(await new Clamd(place).scan(attached, facts, patience())).toEqual(found);
      expect(await new Clamd(place).scan(message('hello'), facts, patience())).toEqual({ kind: 'clean' });
    }
  });

  it('does not let an archive pass that grows beyond its limits', async () => {
    const bomb = attachment('bomb.gz', gzipSync(Buffer.alloc(64_000_000)));
    const verdict = await new Clamd({ path: program.socket }).scan(bomb, facts, patience());
    expect(verdict).toEqual({ kind: 'virus', name: expect.stringContaining('Heuristics.Limits.Exceeded') });
  });

  it('gives no verdict on a stream that is longer than it takes', async () => {
    const path = join(await testFolder(), 'm.eml');
    const bytes = randomBytes(8_000_000);
    writeFileSync(path, bytes);
    for (const place of places()) {
      const scanned = new Clamd(place).scan(
        { sizeBytes: bytes.length, inline: null, path },
        facts,
        patience(),
      );
      await expect(scanned).rejects.toThrow(UnscannableError);
    }
  });

  it('tells its version', async () => {
    const version = await new Clamd({ path: program.socket }).probe(patience());
    expect(version).toMatchObject({ version: expect.stringMatching(/^ClamAV \d+\.\d+/) });
  });
});

describe.skipIf(spamd === null)(`SpamAssassin at ${spamd ?? 'spamd (not installed)'}`, () => {
  let program: ScannerProgram;
  beforeAll(async () => {
    program = await startSpamd();
  }, 90_000);
  afterAll(() => program.dispose());

  it('knows spam, names the rules, and lets the rest pass', async () => {
    const scanner = new Spamd({ path: program.socket });
    expect(await scanner.scan(message(gtube), facts, patience())).toMatchObject({
      kind: 'spam',
      required: 5,
      tests: expect.arrayContaining(['GTUBE']),
    });
    expect(await scanner.scan(message('hello'), facts, patience())).toMatchObject({ kind: 'ham' });
  }, 60_000);

  it('says that it is there', async () => {
    expect(await new Spamd({ path: program.socket }).probe(patience())).toMatchObject({
      version: 'SPAMD/1.5',
    });
  });
});

describe.skipIf(rspamd === null)(`rspamd at ${rspamd ?? 'rspamd (not installed)'}`, () => {
  let program: ScannerProgram;
  beforeAll(async () => {
    program = await startRspamd();
  }, 90_000);
  afterAll(() => program.dispose());

  it('knows spam and lets the rest pass, over either kind of socket', async () => {
    for (const place of [{ path: program.socket }, { host: '127.0.0.1', port: program.port }]) {
      const scanner = new Rspamd(place);
      expect(await scanner.scan(message(gtube), facts, patience())).toMatchObject({
        kind: 'spam',
        tests: ['GTUBE'],
      });
      expect(await scanner.scan(message('hello'), facts, patience())).toMatchObject({ kind: 'ham' });
    }
  });

  it('tells its version', async () => {
    const version = await new Rspamd({ path: program.socket }).probe(patience());
    expect(version.version).toMatch(/^rspamd\/\d/);
  });
});
