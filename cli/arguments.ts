/** Parsers for the arguments and options of commands; what does not fit is wrong use (exit 64) and says how it is written. */
import { InvalidArgumentError } from 'commander';
import { parseDurationMs, parseSizeBytes, UnitError } from '../shared/units.ts';

function refusingUnits<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof UnitError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

export const durationMs = (text: string): number => refusingUnits(() => parseDurationMs(text));

/** Whole seconds, as the API takes them; a part of a second counts as one. */
export const durationSeconds = (text: string): number => Math.ceil(durationMs(text) / 1_000);

export const sizeBytes = (text: string): number => refusingUnits(() => parseSizeBytes(text));

export function id(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError(`"${text}" is not an id: ids are whole numbers from 1 on`);
  return value;
}

/** For an argument or option given more than once. */
export const ids = (text: string, before: readonly number[] = []): readonly number[] => [
  ...before,
  ...text.split(',').map(id),
];

export function countFrom0(text: string): number {
  return text === '0' ? 0 : countFrom1(text);
}

export function countFrom1(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError(`"${text}" is not a number from 1 on`);
  return value;
}

/** One or more of `words`, separated by commas; may be given more than once. */
export const wordsOf =
  <Word extends string>(words: readonly Word[]) =>
  (text: string, before: readonly Word[] = []): readonly Word[] => [
    ...before,
    ...text.split(',').map((part) => {
      const word = words.find((one) => one === part.trim());
      if (!word) throw new InvalidArgumentError(`"${part}" is not one of ${words.join(', ')}`);
      return word;
    }),
  ];

/** One of `words`. */
export const wordOf =
  <Word extends string>(words: readonly Word[]) =>
  (text: string): Word => {
    const word = words.find((one) => one === text);
    if (!word) throw new InvalidArgumentError(`"${text}" is not one of ${words.join(', ')}`);
    return word;
  };

const clockTime = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/**
 * A point in the past as ISO 8601 UTC: a duration ago (`2h`), a time of today (`14:00`), or a local date with or
 * without a time (`2026-11-22 14:00`), or ISO 8601.
 */
export const timeBefore =
  (now: () => number) =>
  (text: string): string => {
    const at = new Date(now());
    const [, hours, minutes, seconds] = clockTime.exec(text) ?? [];
    if (hours !== undefined) at.setHours(Number(hours), Number(minutes), Number(seconds ?? 0), 0);
    else if (/^\d{4}-\d{2}-\d{2}/.test(text))
      at.setTime(Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(' ', 'T')));
    else at.setTime(at.getTime() - timeAgo(text));
    if (Number.isNaN(at.getTime()))
      throw new InvalidArgumentError(`"${text}" is not a time: write 2h, 14:00 or 2026-11-22 14:00`);
    return at.toISOString();
  };

function timeAgo(text: string): number {
  try {
    return parseDurationMs(text);
  } catch {
    return Number.NaN;
  }
}
