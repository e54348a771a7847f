import { describe, expect, it } from 'vitest';
import { nullLog } from '../../../daemon/log/logger.ts';
import {
  type ScanContent,
  type Scanner,
  ScannerError,
  UnscannableError,
  type Verdict,
} from '../../../daemon/scan/scanner.ts';
import { WatchedScanner } from '../../../daemon/scan/watched-scanner.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { until } from '../../helpers/until.ts';

const content: ScanContent = { sizeBytes: 5, inline: Buffer.from('hello'), path: null };
const facts = { queueId: 1, from: '', recipients: [], remoteAddress: null, helo: null, user: null };

/** A scanner whose scans end when the test says so. */
class SlowScanner implements Scanner {
  readonly name = 'clamd';
  readonly looksFor = 'viruses';
  readonly scans: { readonly end: (verdict: Verdict) => void; readonly fail: (error: Error) => void }[] = [];
  probed: () => Promise<{ version: string; signaturesAt: null }> = async () => ({
    version: '1',
    signaturesAt: null,
  });

  scan(_content: ScanContent, _facts: unknown, signal: AbortSignal): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      this.scans.push({ end: resolve, fail: reject });
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  }

  probe() {
    return this.probed();
  }
}

function watched(limits: { concurrency?: number; maxBytes?: number } = {}) {
  const clock = new FakeClock();
  const scanner = new SlowScanner();
  const policy = { action: 'reject', unavailable: 'defer', maxBytes: limits.maxBytes ?? 100 } as const;
  const options = { concurrency: limits.concurrency ?? 2, timeoutMs: 30_000 };
  return { clock, scanner, watch: new WatchedScanner(scanner, policy, options, clock, nullLog.for('scan')) };
}

describe('a scanner', () => {
  it('is not shown what is too large for it', async () => {
    const { scanner, watch } = watched({ maxBytes: 4 });
    expect(await watch.scan(content, facts)).toMatchObject({ kind: 'skipped' });
    expect(scanner.scans).toHaveLength(0);
  });

  it('that hangs is unavailable when its time is over', async () => {
    const { clock, scanner, watch } = watched();
    const scanned = watch.scan(content, facts);
    await until(() => scanner.scans.length === 1);
    clock.advance(30_000);
    expect(await scanned).toEqual({ kind: 'unavailable', reason: 'it gave no answer within 30 s' });
    expect(watch.lastStatus()).toMatchObject({
      state: 'unavailable',
      lastError: 'it gave no answer within 30 s',
    });
    expect(clock.pending).toBe(0);
  });

  it('gets so many messages at one time and no more; the others wait for their turn', async () => {
    const { scanner, watch } = watched({ concurrency: 2 });
    const scans = [1, 2, 3].map(() => watch.scan(content, facts));
    await until(() => scanner.scans.length === 2);
    scanner.scans[0]?.end({ kind: 'clean' });
    await until(() => scanner.scans.length === 3);
    for (const scan of scanner.scans) scan.end({ kind: 'clean' });
    expect(await Promise.all(scans)).toEqual([{ kind: 'clean' }, { kind: 'clean' }, { kind: 'clean' }]);
  });

  it('is unavailable to a message that waits too long for its turn, and has its places back afterwards', async () => {
    const { clock, scanner, watch } = watched({ concurrency: 1 });
    const first = watch.scan(content, facts);
    const second = watch.scan(content, facts);
    await until(() => scanner.scans.length === 1);
    clock.advance(30_000);
    expect(await second).toMatchObject({ kind: 'unavailable' });
    expect(await first).toMatchObject({ kind: 'unavailable' });
    const third = watch.scan(content, facts);
    await until(() => scanner.scans.length === 2);
    scanner.scans[1]?.end({ kind: 'clean' });
    expect(await third).toEqual({ kind: 'clean' });
  });

  it('that cannot judge one message is still there', async () => {
    const { scanner, watch } = watched();
    const scanned = watch.scan(content, facts);
    await until(() => scanner.scans.length === 1);
    scanner.scans[0]?.fail(new UnscannableError('too long'));
    expect(await scanned).toEqual({ kind: 'unavailable', reason: 'too long' });
    expect(watch.lastStatus().state).toBe('ok');
  });
});

describe('its state', () => {
  it('is not known before it has been asked', () => {
    expect(watched().watch.lastStatus()).toEqual({
      name: 'clamd',
      state: 'unknown',
      version: null,
      signaturesAt: null,
      lastError: null,
    });
  });

  it('is asked anew when it is older than two seconds', async () => {
    const { clock, scanner, watch } = watched();
    expect(await watch.status()).toMatchObject({ state: 'ok', version: '1' });
    scanner.probed = () => Promise.reject(new ScannerError('nobody listens there'));
    expect(await watch.status()).toMatchObject({ state: 'ok' });
    clock.advance(2_001);
    expect(await watch.status()).toMatchObject({ state: 'unavailable', lastError: 'nobody listens there' });
  });

  it('keeps nobody waiting when it hangs', async () => {
    const { clock, scanner, watch } = watched();
    scanner.probed = () => new Promise(() => {});
    const status = watch.status();
    clock.advance(500);
    expect(await status).toMatchObject({ state: 'unknown' });
  });
});
