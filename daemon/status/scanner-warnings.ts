/** What is to be warned of with scanners: away, or with signatures that know nothing of the viruses of this week. */
import type { Status, Warning } from '../../shared/api/server.ts';
import { formatAge } from '../../shared/units.ts';
import type { Config } from '../config/config.ts';

export type ScannerStatus = Status['scanners'][number];

export function scannerFindings(
  scanners: readonly ScannerStatus[],
  config: Config['scan'],
  now: number,
): Omit<Warning, 'since'>[] {
  return scanners.flatMap((scanner) => [
    ...unavailable(scanner, config),
    ...oldSignatures(scanner, config.clamd?.signaturesMaxAgeMs ?? 0, now),
  ]);
}

function unavailable(
  { name, state, lastError }: ScannerStatus,
  config: Config['scan'],
): Omit<Warning, 'since'>[] {
  if (state !== 'unavailable') return [];
  const open = config[name]?.unavailable === 'accept';
  return [
    {
      code: 'scanner.unavailable',
      severity: open ? 'warning' : 'error',
      subject: name,
      evidence: `${lastError ?? 'It does not answer'}; mail ${open ? 'passes unscanned, with a mark' : 'is told to come back later'}`,
      remedy: `Start ${name}, or put scan.${name}.address right.`,
    },
  ];
}

function oldSignatures(
  { name, signaturesAt }: ScannerStatus,
  maxAgeMs: number,
  now: number,
): Omit<Warning, 'since'>[] {
  if (signaturesAt === null || maxAgeMs === 0) return [];
  const age = now - Date.parse(signaturesAt);
  if (age <= maxAgeMs) return [];
  return [
    {
      code: 'scanner.signatures_old',
      severity: 'warning',
      subject: name,
      evidence: `Its signatures are ${formatAge(age)} old: newer viruses pass`,
      remedy: 'See that freshclam runs and can reach its servers.',
    },
  ];
}
