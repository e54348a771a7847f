import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatSize,
  parseDurationMs,
  parseSizeBytes,
  UnitError,
} from '../../shared/units.ts';

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['3d', 259_200_000],
    ['250ms', 250],
    ['1w', 604_800_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    [' 2H ', 7_200_000],
    ['0', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(['', '5', '5x', 'h', '-5m', '5 m', '5m!', '1e3s', `${'9'.repeat(400)}d`])('refuses %j', (text) => {
    expect(() => parseDurationMs(text)).toThrow(UnitError);
  });

  it('says how a duration is written', () => {
    expect(() => parseDurationMs('soon')).toThrow('"soon" is not a duration: write it as 90s, 15m, 2h or 3d');
  });

  it.each([
    [0, '0'],
    [1, '1ms'],
    [90_000, '90s'],
    [5_400_000, '90m'],
    [604_800_000, '7d'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.nat(), (ms) => {
        expect(parseDurationMs(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('sizes', () => {
  it.each([
    ['512', 512],
    ['10k', 10_240],
    ['5M', 5_242_880],
    ['1.5G', 1_610_612_736],
    ['50 MB', 52_428_800],
    ['1KiB', 1_024],
    ['0', 0],
  ])('reads %s', (text, bytes) => {
    expect(parseSizeBytes(text)).toBe(bytes);
  });

  it.each(['', 'M', '5X', '-1', '1e9', '99999999999999T'])('refuses %j', (text) => {
    expect(() => parseSizeBytes(text)).toThrow(UnitError);
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.nat(), (bytes) => {
        expect(parseSizeBytes(formatSize(bytes))).toBe(bytes);
      }),
    );
  });

  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KB'],
    [10_189, '10 KB'],
    [4_299_161, '4.1 MB'],
    [1_048_575, '1.0 MB'],
    [52_428_800, '50 MB'],
  ])('shows %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('ages', () => {
  it.each([
    [-5, '0s'],
    [42_000, '42s'],
    [845_000, '14m 05s'],
    [11_220_000, '3h 07m'],
    [183_600_000, '2d 03h'],
    [86_400_000 * 400, '400d 00h'],
  ])('shows %d ms as %s', (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });
});

it('groups the digits of a count', () => {
  expect([0, 999, 1_000, 1_184_220].map(formatCount)).toEqual(['0', '999', '1,000', '1,184,220']);
});
