import { describe, expect, test } from 'vitest';
import type { JobAttempt, RecipientAttempt } from '../../../daemon/delivery/deliver.ts';
import { settle } from '../../../daemon/delivery/outcome.ts';
import { CautiousTime, DISBELIEF_MS, retryDelay } from '../../../daemon/delivery/retry.ts';
import type { DeliveryJob, JobRecipient } from '../../../daemon/queue/message.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const HOUR = 3_600_000;
const config = { retryScheduleMs: [60_000, 600_000, HOUR], delayNoticeAfterMs: 4 * HOUR };
const now = Date.UTC(2026, 0, 1);
const moment = { now, cautious: now, random: () => 0.5 };

const job = (more: Partial<DeliveryJob> = {}): DeliveryJob => ({
  messageId: 1,
  domain: 'there.test',
  envelope: {
    from: 'me@here.test',
    bodyType: '7bit',
    smtpUtf8: false,
    envelopeId: null,
    returnContent: null,
  },
  recipients: [],
  sizeBytes: 1,
  createdAt: now,
  expiresAt: now + 120 * HOUR,
  source: { sessionId: null, remoteAddress: null, user: null },
  ...more,
});

function temporary(
  recipient: Partial<JobRecipient> = {},
  interrupted: JobAttempt['interrupted'] = null,
): JobAttempt {
  const attempt: RecipientAttempt = {
    recipient: {
      n: 0,
      address: 'a@there.test',
      notify: null,
      originalRecipient: null,
      attempts: 0,
      delayNotified: false,
      ...recipient,
    },
    kind: 'temporary',
    host: 'mx.there.test',
    address: '192.0.2.1',
    durationMs: 5,
    code: 451,
    enhancedCode: '4.7.1',
    reply: '451 4.7.1 later',
    tls: null,
    sessionId: 1,
    dsn: false,
  };
  return { recipients: [attempt], unreachable: false, interrupted, durationMs: 5 };
}

const only = (...[theJob, attempt, settings, when]: Parameters<typeof settle>) =>
  settle(theJob, attempt, settings, when)[0]?.result;

describe('the retry schedule', () => {
  test('goes through its intervals and repeats the last', () => {
    const delays = [1, 2, 3, 4, 99].map((attempts) =>
      retryDelay(config.retryScheduleMs, attempts, () => 0.5),
    );
    expect(delays).toEqual([60_000, 600_000, HOUR, HOUR, HOUR]);
  });

  test('is blurred by ten percent either way', () => {
    expect(retryDelay([60_000], 1, () => 0)).toBe(54_000);
    expect(retryDelay([60_000], 1, () => 1)).toBe(66_000);
  });

  test('says when the recipient is due again, by the attempts that were made', () => {
    expect(only(job(), temporary({ attempts: 1 }), config, moment)?.nextAttemptAt).toBe(now + 600_000);
  });

  test('makes the last attempt when the time is over, not an interval later', () => {
    const result = only(job({ expiresAt: now + 600_000 }), temporary({ attempts: 5 }), config, moment);
    expect(result?.nextAttemptAt).toBe(now + 600_000);
  });

  test('never makes an attempt due at once, though the wall clock says that the time is over', () => {
    const result = only(job({ expiresAt: now - HOUR }), temporary(), config, {
      ...moment,
      cautious: now - 2 * HOUR,
    });
    expect(result?.nextAttemptAt).toBe(now + 60_000);
  });
});

describe('a temporary failure', () => {
  test('becomes final when the time is over, with the last reply', () => {
    expect(only(job({ expiresAt: now }), temporary(), config, moment)).toMatchObject({
      outcome: 'failed',
      enhancedCode: '4.4.7',
      code: 451,
      reply: 'Delivery time expired; the last attempt: 451 4.7.1 later',
    });
  });

  test('because an operator ended the session never is final, and comes back in a minute', () => {
    expect(only(job({ expiresAt: now }), temporary({ attempts: 9 }, 'killed'), config, moment)).toMatchObject(
      {
        outcome: 'deferred',
        nextAttemptAt: now + 60_000,
      },
    );
  });
});

describe('a notice of delay', () => {
  const old = job({ createdAt: now - 4 * HOUR });
  const notified = (...args: Parameters<typeof settle>) => only(...args)?.delayNotified;

  test('is due once, after the configured time', () => {
    expect(notified(old, temporary(), config, moment)).toBe(true);
    expect(notified(job({ createdAt: now - 4 * HOUR + 1 }), temporary(), config, moment)).toBe(false);
    expect(notified(old, temporary({ delayNotified: true }), config, moment)).toBe(false);
  });
  test('is not sent when switched off, not wanted, or about a report', () => {
    expect(notified(old, temporary(), { ...config, delayNoticeAfterMs: 0 }, moment)).toBe(false);
    expect(notified(old, temporary({ notify: 'FAILURE' }), config, moment)).toBe(false);
    expect(notified(old, temporary({ notify: 'FAILURE,DELAY' }), config, moment)).toBe(true);
    expect(notified({ ...old, envelope: { ...old.envelope, from: '' } }, temporary(), config, moment)).toBe(
      false,
    );
  });
});

describe('the time by which mail is given up', () => {
  test('does not follow a wall clock that jumps, until the jump has lasted for an hour', () => {
    const clock = new FakeClock(now);
    const time = new CautiousTime(clock);
    clock.jump(10 * 365 * 24 * HOUR);
    clock.advance(1_000);
    expect(time.now()).toBe(now + 1_000);
    clock.advance(DISBELIEF_MS);
    expect(time.now()).toBe(clock.now());
  });

  test('forgets a jump that was taken back, and follows small corrections', () => {
    const clock = new FakeClock(now);
    const time = new CautiousTime(clock);
    clock.jump(24 * HOUR);
    expect(time.now()).toBe(now);
    clock.jump(-24 * HOUR + 5_000);
    expect(time.now()).toBe(now + 5_000);
  });
});
