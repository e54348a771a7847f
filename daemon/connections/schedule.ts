/**
 * When a connection connects by itself, from the text that an operator writes. Rules stand apart by semicolons, and the
 * first of them that is due counts:
 *
 *     manual
 *     every 15m                                  since the last run began
 *     every 15m on mon-fri 08:00-18:00           within a window of the day, the week, or both
 *     at 08:00,13:00 on mon-fri
 *     cron 0,30 8-18 * * mon-fri                 five or six fields
 *     when 5 waiting                             as soon as so many messages wait to be sent by it
 *     every 5m if 3 waiting                      passed over while fewer wait
 *
 * Times are those of this machine's time zone. Nothing here asks for the time, sleeps, or knows of pauses.
 */

import { Cron } from 'croner';
import { formatDuration, parseDurationMs } from '../../shared/units.ts';
import { MaildError } from '../errors.ts';
import { type DayWindow, nextOpening, parseDays, parseTimes, parseWindow, within } from './day-window.ts';

interface TimeRule {
  readonly kind: 'every' | 'times';
  readonly text: string;
  /** Messages that must wait for it. */
  readonly atLeast: number;
  /** The next time after `after`; null when there is none. `lastStartedAt`: null before the first run. */
  next(after: number, lastStartedAt: number | null): number | null;
}

interface WaitingRule {
  readonly kind: 'waiting';
  readonly text: string;
  readonly atLeast: number;
}

export interface DueTime {
  /** ms since 1970. */
  readonly at: number;
  readonly reason: string;
  /** Messages that must wait to be sent by then; 0: none need to. */
  readonly atLeast: number;
}

/** More often serves nobody, and servers elsewhere refuse it. */
const MIN_INTERVAL_MS = 10_000;
const MAX_INTERVAL_MS = 366 * 86_400_000;
const MAX_RULES = 20;

export class Schedule {
  readonly text: string;
  readonly #rules: readonly (TimeRule | WaitingRule)[];

  /** Throws MaildError `params.invalid`. */
  constructor(text: string) {
    const parts = text
      .split(';')
      .map((part) => part.trim().replace(/\s+/g, ' '))
      .filter((part) => part !== '');
    if (parts.length === 0 || parts.length > MAX_RULES) throw invalid(text, 'needs a rule, or "manual"');
    const manual = parts.some((part) => /^manual$/i.test(part));
    if (manual && parts.length > 1) throw invalid(text, '"manual" stands alone');
    this.#rules = manual ? [] : parts.map(parseRule);
    this.text = manual ? 'manual' : this.#rules.map((rule) => rule.text).join('; ');
  }

  get manual(): boolean {
    return this.#rules.length === 0;
  }

  /** The smallest number of waiting messages that starts a run by itself; null when no rule says so. */
  get startsAtWaiting(): number | null {
    const counts = this.#rules.flatMap((rule) => (rule.kind === 'waiting' ? [rule.atLeast] : []));
    return counts.length === 0 ? null : Math.min(...counts);
  }

  /**
   * When the next run is due by the clock, which may be in the past; null when none is.
   * @param after No time at or before this one, except for `every`, which counts from the last run.
   */
  next(after: number, lastStartedAt: number | null): DueTime | null {
    const due = this.#rules.flatMap((rule) => {
      if (rule.kind === 'waiting') return [];
      const at = rule.next(after, lastStartedAt);
      return at === null ? [] : [{ at, reason: rule.text, atLeast: rule.atLeast }];
    });
    return due.reduce<DueTime | null>(
      (first, one) => (first === null || one.at < first.at ? one : first),
      null,
    );
  }
}

const rulePattern = /^(?<rule>.+?)(?: if (?<atLeast>\d{1,6}) waiting)?$/i;

function parseRule(part: string): TimeRule | WaitingRule {
  const { rule = part, atLeast: condition } = rulePattern.exec(part)?.groups ?? {};
  const atLeast = condition === undefined ? 0 : Number(condition);
  const suffix = atLeast === 0 ? '' : ` if ${atLeast} waiting`;
  const [word = '', ...rest] = rule.split(' ');
  switch (word.toLowerCase()) {
    case 'every':
      return everyRule(part, rest, atLeast, suffix);
    case 'at':
      return atRule(part, rest, atLeast, suffix);
    case 'cron':
      return cronRule(part, rest.join(' '), atLeast, suffix);
    case 'when':
      return waitingRule(part, rest);
    default:
      throw invalid(part, 'begins with every, at, cron or when, or is "manual"');
  }
}

function everyRule(
  part: string,
  [interval = '', ...where]: readonly string[],
  atLeast: number,
  suffix: string,
): TimeRule {
  const ms = duration(part, interval);
  const window = windowOf(part, where);
  return {
    kind: 'every',
    atLeast,
    text: `every ${formatDuration(ms)}${window === null ? '' : ` ${window.text}`}${suffix}`,
    next(after, lastStartedAt) {
      // A clock that was set back must not keep us waiting until it is that late again.
      const began = lastStartedAt !== null && lastStartedAt > after ? after : lastStartedAt;
      const at = began === null ? after : began + ms;
      if (window === null || within(window, at)) return at;
      return nextOpening(window, at);
    },
  };
}

function atRule(
  part: string,
  [times = '', ...where]: readonly string[],
  atLeast: number,
  suffix: string,
): TimeRule {
  const minutes = parseTimes(times);
  const days =
    where.length === 0
      ? null
      : /^on$/i.test(where[0] ?? '')
        ? parseDays(where.slice(1).join(' '))
        : undefined;
  if (minutes === null || days === undefined || (days === null && where.length > 0)) {
    throw invalid(part, 'is written "at 08:00,13:30 on mon-fri"');
  }
  return {
    kind: 'times',
    atLeast,
    text: `at ${minutes.text}${days === null ? '' : ` on ${days.text}`}${suffix}`,
    next: (after) =>
      nextOpening(
        { days: days?.days ?? null, starts: minutes.minutes, text: '', from: null, to: null },
        after + 1,
      ),
  };
}

function cronRule(part: string, expression: string, atLeast: number, suffix: string): TimeRule {
  let cron: Cron;
  try {
    cron = new Cron(expression);
  } catch (error) {
    throw invalid(part, `is no cron expression: ${error instanceof Error ? error.message : 'unknown'}`);
  }
  return {
    kind: 'times',
    atLeast,
    text: `cron ${expression}${suffix}`,
    next: (after) => cron.nextRun(new Date(after))?.getTime() ?? null,
  };
}

function waitingRule(part: string, words: readonly string[]): WaitingRule {
  const [, number] = /^(\d{1,6}) waiting$/i.exec(words.join(' ')) ?? [];
  const atLeast = Number(number);
  if (number === undefined || atLeast < 1) throw invalid(part, 'is written "when 5 waiting"');
  return { kind: 'waiting', atLeast, text: `when ${atLeast} waiting` };
}

function windowOf(part: string, words: readonly string[]): DayWindow | null {
  if (words.length === 0) return null;
  const window = parseWindow(words.join(' '));
  if (window === null) throw invalid(part, 'has a window that is written "on mon-fri 08:00-18:00"');
  return window;
}

function duration(part: string, text: string): number {
  let ms: number;
  try {
    ms = parseDurationMs(text);
  } catch {
    throw invalid(part, 'needs a duration such as 15m or 2h after "every"');
  }
  if (ms < MIN_INTERVAL_MS || ms > MAX_INTERVAL_MS) throw invalid(part, 'must be from 10s to 366d');
  return ms;
}

const invalid = (text: string, why: string): MaildError =>
  new MaildError('params.invalid', `schedule: ${JSON.stringify(text)} ${why}`, {
    details: { path: 'schedule' },
  });
