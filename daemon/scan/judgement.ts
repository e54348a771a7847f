/**
 * What is to become of a message, from all that was found in it: the gravest of what the findings ask for. Pure; whoever
 * has the message does it.
 *
 * A message is only ever refused in the session that brings it. One that has no session any more (it was collected from
 * elsewhere) is kept in the quarantine instead: a report to a forged sender would be spam of our own.
 */
import type { ScannerConfig } from '../config/config.ts';
import type { ScanOutcome } from './watched-scanner.ts';

export type Action = 'accept' | 'reject' | 'defer' | 'quarantine' | 'drop';
export type FindingKind = 'virus' | 'spam' | 'sender' | 'unavailable';

export interface Finding {
  /** `clamd`, `spamd`, `rspamd`, or `dmarc`. */
  readonly by: string;
  readonly kind: FindingKind;
  /** For the operator: name of the virus, score, policy. */
  readonly reason: string;
  readonly action: Action;
}

export interface Refusal {
  readonly code: number;
  readonly enhancedCode: string;
  readonly text: string;
}

export interface Judgement {
  readonly action: Action;
  /** What decided; null when nothing was found. */
  readonly finding: Finding | null;
  /** What the client is told, with `reject` and `defer`. */
  readonly refusal: Refusal;
}

/** Refusing comes first: only so does a sender who was wronged learn of it. */
const gravity: readonly Action[] = ['reject', 'drop', 'quarantine', 'defer', 'accept'];

export function judge(findings: readonly Finding[], hasSession: boolean): Judgement {
  let decisive: Finding | null = null;
  for (const finding of findings) {
    if (decisive === null || gravity.indexOf(finding.action) < gravity.indexOf(decisive.action))
      decisive = finding;
  }
  const wanted = decisive?.action ?? 'accept';
  const action = wanted === 'reject' && !hasSession ? 'quarantine' : wanted;
  return { action, finding: decisive, refusal: refusals[decisive?.kind ?? 'unavailable'] };
}

const refusals: Readonly<Record<FindingKind, Refusal>> = {
  virus: { code: 550, enhancedCode: '5.7.1', text: 'Message refused: it has a virus in it' },
  spam: { code: 550, enhancedCode: '5.7.1', text: 'Message refused as spam' },
  // RFC 7372 3.3, RFC 7489 10.3.
  sender: {
    code: 550,
    enhancedCode: '5.7.26',
    text: 'Message refused by the DMARC policy of its author domain',
  },
  unavailable: { code: 451, enhancedCode: '4.7.1', text: 'Message cannot be checked now, try again later' },
};

/** Null when there is nothing to be done about it. */
export function findingOf(
  by: string,
  outcome: ScanOutcome,
  { action, unavailable }: Pick<ScannerConfig, 'action' | 'unavailable'>,
): Finding | null {
  const then = action === 'mark' ? 'accept' : action;
  switch (outcome.kind) {
    case 'virus':
      return { by, kind: 'virus', reason: outcome.name, action: then };
    case 'spam':
      return { by, kind: 'spam', reason: `score ${outcome.score} of ${outcome.required}`, action: then };
    case 'unavailable':
      return { by, kind: 'unavailable', reason: outcome.reason, action: unavailable };
    default:
      return null;
  }
}
