/**
 * Durations, sizes and counts as people write and read them: `90s`, `15m`, `2h`, `3d`; `10k`, `5M`; `2d 03h`; `4.1 MB`.
 *
 * The configuration, the command line and the full-screen program share these. Sizes count in 1024s, as mail
 * software does. Nothing here asks for a locale: loading one costs a short command more than its work.
 */

/** The text is not a duration or a size; the message says so and how one is written. */
export class UnitError extends Error {
  override readonly name = 'UnitError';
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const durationTerm = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/gy;

/** `1h30m` and `1.5h` too; a number without a unit is refused except 0, because it would be guessed wrong. */
export function parseDurationMs(text: string): number {
  const source = text.trim().toLowerCase();
  if (source === '0') return 0;
  let ms = 0;
  let end = 0;
  for (const [term, number, unit] of source.matchAll(durationTerm)) {
    ms += Number(number) * (unitMs[unit ?? ''] ?? Number.NaN);
    end += term.length;
  }
  if (end === 0 || end !== source.length || !Number.isSafeInteger(Math.round(ms)))
    throw new UnitError(`"${text}" is not a duration: write it as 90s, 15m, 2h or 3d`);
  return Math.round(ms);
}

const durationSteps = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** As it would be written in the configuration, exactly: 5400000 is `90m`, 604800000 is `7d`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0';
  for (const [unit, size] of durationSteps.slice(1)) if (ms % size === 0) return `${ms / size}${unit}`;
  return `${ms}ms`;
}

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};
const sizeText = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i;

/** `512`, `10k`, `5M`, `1.5G`; `KB`, `MiB` and so on mean the same. */
export function parseSizeBytes(text: string): number {
  const [, number, unit] = sizeText.exec(text.trim()) ?? [];
  const bytes = Math.round(Number(number) * (unitBytes[unit?.toLowerCase() ?? ''] ?? Number.NaN));
  if (number === undefined || !Number.isSafeInteger(bytes))
    throw new UnitError(`"${text}" is not a size: write it as 512, 10k or 5M`);
  return bytes;
}

const sizeNames = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** For people: `812 B`, `9.8 KB`, `44 KB`, `4.1 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let step = 0;
  // 1023.5 would be rounded up to "1024 KB".
  while (value >= 1023.5 && step < sizeNames.length - 1) {
    value /= 1024;
    step++;
  }
  const digits = step === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${sizeNames[step]}`;
}

/** As it would be written in the configuration, exactly: 52428800 is `50M`, 1000 is `1000`. */
export function formatSize(bytes: number): string {
  for (const unit of ['G', 'M', 'k']) {
    const size = unitBytes[unit.toLowerCase()] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

/** Two units, the second padded so that columns align: `42s`, `14m 05s`, `3h 07m`, `2d 03h`. Below zero reads `0s`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}

/** `1184220` is `1,184,220`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
