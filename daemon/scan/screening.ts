/**
 * Looks at a message before it is taken: all scanners and the checks of its sender at once, then one judgement. Signs what
 * accounts of ours send.
 *
 * It only says what is to be done; intake, whose matter the message is, does it.
 */
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log/logger.ts';
import type { NewMessage } from '../queue/queue-port.ts';
import type { StatisticsPort } from '../statistics/statistics-port.ts';
import type { Part } from '../store/group-writer.ts';
import { pretendsToBeOurs } from './authentication-results.ts';
import type { DkimSigner } from './dkim-signer.ts';
import { type Finding, findingOf, type Judgement, judge } from './judgement.ts';
import type { HeaderField } from './message-head.ts';
import { claimsScan, scanHeaders } from './scan-headers.ts';
import type { ScanContent, ScanFacts } from './scanner.ts';
import type { SenderChecks, SenderVerdict } from './sender-checks.ts';
import type { ScanOutcome, WatchedScanner } from './watched-scanner.ts';

/** What of the SMTP client that brought a message counts for its judgement. Messages of other ways have none. */
export interface MessageClient {
  /** What it said with HELO or EHLO. */
  readonly helo: string;
  /** In `relay_networks`: one of our own, who sends for others. */
  readonly trusted: boolean;
}

export type MessageToScreen = NewMessage & { readonly client?: MessageClient | undefined };

export interface Screened extends Judgement {
  /** Header fields to put on top, each with its line end. */
  readonly headers: readonly string[];
  /** A scanner takes it for spam, whatever is to be done about that. */
  readonly spam: boolean;
  /** Whether a field that came with the message must go. */
  readonly drops: (field: HeaderField) => boolean;
}

/** What intake asks. */
export interface ScreeningPort {
  /** `doing` is told what is going on, for the session's detail. Does not reject. */
  screen(message: MessageToScreen, doing: (what: string) => void): Promise<Screened>;
  /** Keeps a message that `screen` said belongs there, in its final form. `also` as in intake. Throws StoreError. */
  quarantine(message: NewMessage, finding: Finding, also: readonly Part[]): Promise<void>;
}

export interface ScreeningNeeds {
  readonly scanners: readonly WatchedScanner[];
  /** Null when senders are not checked. */
  readonly senderChecks: SenderChecks | null;
  readonly signer: DkimSigner;
  readonly keep: ScreeningPort['quarantine'];
  readonly hostname: string;
  readonly stateDir: string;
  readonly statistics: StatisticsPort;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Scanned {
  readonly watched: WatchedScanner;
  readonly outcome: ScanOutcome;
}

export class Screening implements ScreeningPort {
  readonly #needs: ScreeningNeeds;

  constructor(needs: ScreeningNeeds) {
    this.#needs = needs;
  }

  quarantine(message: NewMessage, finding: Finding, also: readonly Part[]): Promise<void> {
    return this.#needs.keep(message, finding, also);
  }

  async screen(message: MessageToScreen, doing: (what: string) => void): Promise<Screened> {
    const { scanners, hostname, clock } = this.#needs;
    const startedAt = clock.monotonic();
    const content = this.#content(message);
    const facts = factsOf(message);
    doing(this.#describe());
    const [scanned, sender, signature] = await Promise.all([
      Promise.all(
        scanners.map(
          async (watched): Promise<Scanned> => ({ watched, outcome: await watched.scan(content, facts) }),
        ),
      ),
      this.#checkSender(message, content, facts),
      message.source.user === null ? null : this.#needs.signer.sign(content, message.id),
    ]);
    const judgement = judge(findings(scanned, sender), message.client !== undefined);
    this.#count(scanned);
    this.#tell(message, scanned, sender, judgement, clock.monotonic() - startedAt);
    const viruses = scanners.some(({ scanner }) => scanner.looksFor === 'viruses');
    const spam = scanners.some(({ scanner }) => scanner.looksFor === 'spam');
    return {
      ...judgement,
      spam: scanned.some(({ outcome }) => outcome.kind === 'spam'),
      headers: [
        ...(sender?.header ? [sender.header] : []),
        ...scanned.flatMap(({ watched, outcome }) => scanHeaders(watched.scanner.name, outcome, hostname)),
        ...(signature === null ? [] : [signature]),
      ],
      drops: (field) =>
        claimsScan(field.name, { viruses, spam }) ||
        (this.#needs.senderChecks !== null && pretendsToBeOurs(field, hostname)),
    };
  }

  #content({ content }: NewMessage): ScanContent {
    const { sizeBytes, inline, file } = content;
    return { sizeBytes, inline, path: file === null ? null : join(this.#needs.stateDir, file) };
  }

  /** In the words of status screens. */
  #describe(): string {
    const { scanners } = this.#needs;
    if (scanners.some(({ scanner }) => scanner.looksFor === 'viruses')) return 'Checking for viruses';
    return scanners.length > 0 ? 'Checking for spam' : 'Checking the sender';
  }

  /** Strangers only: those who logged in or send for others here have proved who they are, or prove nothing. */
  #checkSender(
    message: MessageToScreen,
    content: ScanContent,
    facts: ScanFacts,
  ): Promise<SenderVerdict> | null {
    const { senderChecks } = this.#needs;
    const { source, client } = message;
    const { remoteAddress } = source;
    if (senderChecks === null || client === undefined || client.trusted) return null;
    if (remoteAddress === null || source.user !== null) return null;
    return senderChecks.check(content, { ...facts, remoteAddress });
  }

  #count(scanned: readonly Scanned[]): void {
    const { statistics } = this.#needs;
    const found = (kind: ScanOutcome['kind']): boolean =>
      scanned.some(({ outcome }) => outcome.kind === kind);
    if (found('virus')) statistics.add('virusesDetected');
    if (found('spam')) statistics.add('spamMessages');
  }

  #tell(
    { id, source, envelope, content }: MessageToScreen,
    scanned: readonly Scanned[],
    sender: SenderVerdict | null,
    { action, finding }: Judgement,
    durationMs: number,
  ): void {
    if (scanned.length === 0 && sender === null) return;
    this.#needs.log.info('message checked', {
      queueId: id,
      sessionId: source.sessionId ?? undefined,
      remoteAddress: source.remoteAddress ?? undefined,
      user: source.user ?? undefined,
      from: envelope.from,
      sizeBytes: content.sizeBytes,
      ...Object.fromEntries(
        scanned.map(({ watched, outcome }) => [watched.scanner.name, outcomeText(outcome)]),
      ),
      ...(sender !== null && { sender: sender.summary }),
      action,
      ...(finding !== null && { reason: `${finding.by}: ${finding.reason}` }),
      durationMs: Math.round(durationMs),
    });
  }
}

function factsOf({ id, envelope, source, remote, local, client }: MessageToScreen): ScanFacts {
  return {
    queueId: id,
    from: envelope.from,
    recipients: [...remote, ...local].map(({ address }) => address),
    remoteAddress: source.remoteAddress,
    helo: client?.helo ?? null,
    user: source.user,
  };
}

function findings(scanned: readonly Scanned[], sender: SenderVerdict | null): Finding[] {
  const found = scanned.map(({ watched, outcome }) =>
    findingOf(watched.scanner.name, outcome, watched.policy),
  );
  return [...found, sender?.finding ?? null].filter((finding) => finding !== null);
}

function outcomeText(outcome: ScanOutcome): string {
  switch (outcome.kind) {
    case 'clean':
      return 'clean';
    case 'virus':
      return `virus ${outcome.name}`;
    case 'spam':
    case 'ham':
      return `${outcome.kind} ${outcome.score}/${outcome.required}`;
    default:
      return `${outcome.kind}: ${outcome.reason}`;
  }
}
