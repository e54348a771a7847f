import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../daemon/clock.ts';
import { LineWriter, type LossReport } from '../../../daemon/log/line-writer.ts';
import { outputFormat } from '../../../daemon/log/log-output.ts';
import { journalText, timedLogText } from '../../../daemon/log/log-text.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const withFile = async (work: (path: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'maild-lines-'));
  try {
    await work(join(folder, 'lines'));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describe('a line writer', () => {
  it('gathers lines for a moment and writes them in their order', async () => {
    await withFile(async (path) => {
      const clock = new FakeClock();
      const writer = new LineWriter(openSync(path, 'a'), clock, () => {});
      for (let n = 0; n < 100; n += 1) writer.write(`line ${n}`);
      expect(readFileSync(path, 'utf8')).toBe('');
      clock.advance(50);
      await writer.flush();
      expect(readFileSync(path, 'utf8')).toBe(Array.from({ length: 100 }, (_, n) => `line ${n}\n`).join(''));
      await writer.end();
    });
  });

  it('writes what is left when it ends, and when the process is about to', async () => {
    await withFile(async (path) => {
      const writer = new LineWriter(openSync(path, 'a'), systemClock, () => {});
      writer.write('one');
      writer.flushSync();
      expect(readFileSync(path, 'utf8')).toBe('one\n');
      writer.write('two');
      await writer.end();
      expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    });
  });

  it.skipIf(!existsSync('/dev/full'))('drops what a full disk refuses, and counts it', async () => {
    const writer = new LineWriter(openSync('/dev/full', 'w'), systemClock, () => {});
    const line = 'x'.repeat(10_000);
    for (let n = 0; n < 2_000; n += 1) writer.write(line);
    await writer.flush();
    // 4 MB may wait.
    expect(writer.lostLines).toBeGreaterThan(1_500);
    await writer.end();
  });

  it.skipIf(process.platform === 'win32')('says once what was lost when writing works again', async () => {
    await withFile(async (path) => {
      execFileSync('mkfifo', [path]);
      // Read and write: a FIFO opened so does not wait for the other end.
      const pipe = await open(path, 'r+');
      const reports: LossReport[] = [];
      const writer = new LineWriter(openSync(path, 'r+'), systemClock, (report) => reports.push(report));
      const line = 'x'.repeat(9_999);
      for (let n = 0; n < 1_000; n += 1) writer.write(line);
      const lost = writer.lostLines;
      expect(lost).toBeGreaterThan(500);
      let left = (1_000 - lost) * 10_000;
      const buffer = Buffer.alloc(65_536);
      while (left > 0) left -= (await pipe.read(buffer, 0, Math.min(left, buffer.length))).bytesRead;
      await writer.flush();
      expect(reports).toMatchObject([{ lostLines: lost, reason: 'too slow' }]);
      expect(writer.lostLines).toBe(0);
      await writer.end();
      await pipe.close();
    });
  });

  it.skipIf(process.platform === 'win32')('goes on when the reader of a pipe is gone', async () => {
    await withFile(async (path) => {
      execFileSync('mkfifo', [path]);
      const reader = openSync(path, 'r+');
      const descriptor = openSync(path, 'w');
      closeSync(reader);
      const writer = new LineWriter(descriptor, systemClock, () => {});
      writer.write('lost');
      await writer.flush();
      writer.write('lost, too');
      await writer.flush();
      await writer.end();
      closeSync(descriptor);
    });
  });

  it('ends although its file cannot be written', async () => {
    const writer = new LineWriter(openSync('/dev/null', 'r'), systemClock, () => {});
    writer.write('EBADF');
    await writer.flush();
    await writer.end();
    expect(writer.lostLines).toBe(0);
  });
});

describe('standard output', () => {
  const entry = {
    seq: 1,
    time: '2026-01-01T00:00:00.000Z',
    level: 'warn',
    category: 'smtp',
    message: 'login failed',
    user: 'a b\r\n\u001b[2J',
    n: 3,
  } as const;

  it('shows one event on one line, with what strangers sent made visible', () => {
    expect(timedLogText(entry)).toBe(
      '2026-01-01T00:00:00.000Z warn  smtp: login failed user="a b\\r\\n\\u001b[2J" n=3',
    );
    expect(journalText(entry)).toBe('<4>smtp: login failed user="a b\\r\\n\\u001b[2J" n=3');
    expect(timedLogText({ ...entry, user: '\u202eevil\u009b' })).toContain('user=\\u202eevil\\x9b');
  });

  it('has priorities for journald only where journald reads', () => {
    expect(outputFormat('text', {}, 1, false)).toBe('text');
    expect(outputFormat('text', { INVOCATION_ID: 'x' }, 1, false)).toBe('journal');
    expect(outputFormat('text', { INVOCATION_ID: 'x' }, 1, true)).toBe('text');
    expect(outputFormat('text', { JOURNAL_STREAM: '1:1' }, 1, false)).toBe('text');
    expect(outputFormat('json', { INVOCATION_ID: 'x' }, 1, false)).toBe('json');
    expect(outputFormat('none', {}, 1, true)).toBe('none');
  });
});
