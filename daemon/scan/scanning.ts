/**
 * Scanning as a service: makes scanners and checks from the configuration, and anew when it changes; watches over the
 * scanners' health and the quarantine; and is nothing at all while nothing is configured.
 */
import type { Clock, Timer } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { errorText } from '../errors.ts';
import type { LoggerSource } from '../log/logger.ts';
import type { StatisticsPort } from '../statistics/statistics-port.ts';
import { Clamd } from './clamd.ts';
import { DkimKeys } from './dkim-keys.ts';
import { DkimSigner } from './dkim-signer.ts';
import type { RecordSource } from './lookup-budget.ts';
import type { Quarantine } from './quarantine.ts';
import { Rspamd } from './rspamd.ts';
import type { Scanner } from './scanner.ts';
import type { ScannerStatus } from './scanner-policy.ts';
import { Screening, type ScreeningPort } from './screening.ts';
import { SenderChecks } from './sender-checks.ts';
import { Spamd } from './spamd.ts';
import { WatchedScanner } from './watched-scanner.ts';

export interface ScanningNeeds {
  /** As it is now. */
  readonly config: Pick<Config, 'scan' | 'verify' | 'hostname' | 'stateDir'>;
  readonly quarantine: Quarantine;
  readonly dns: RecordSource;
  readonly statistics: StatisticsPort;
  readonly clock: Clock;
  readonly log: LoggerSource;
}

/** A scanner that went away is in the status a minute later at most, though no mail comes. */
const PROBE_EVERY_MS = 60_000;

export class Scanning {
  readonly keys: DkimKeys;
  readonly #needs: ScanningNeeds;
  readonly #signer: DkimSigner;
  #scanners: readonly WatchedScanner[] = [];
  #screening: Screening | null = null;
  /** There are scanners or checks; without them only what is to be signed is screened. */
  #checks = false;
  #timer: Timer | null = null;

  constructor(needs: ScanningNeeds) {
    this.#needs = needs;
    const log = needs.log.for('scan');
    this.keys = new DkimKeys(needs.config.stateDir, log);
    this.#signer = new DkimSigner(this.keys, log);
    this.configure();
  }

  /** Reads the keys and looks whether the scanners are there. */
  async start(): Promise<void> {
    await this.keys.load();
    this.#probe();
  }

  close(): void {
    this.#timer?.cancel();
  }

  /** Takes up the configuration as it is now; messages that are being looked at go on as they began. */
  configure(): void {
    const { config, quarantine, dns, statistics, clock, log } = this.#needs;
    const { scan, verify, hostname, stateDir } = config;
    const scanLog = log.for('scan');
    const watch = (scanner: Scanner, policy: ConstructorParameters<typeof WatchedScanner>[1]) =>
      new WatchedScanner(scanner, policy, scan, clock, scanLog);
    this.#scanners = [
      ...(scan.clamd === null ? [] : [watch(new Clamd(scan.clamd.address), scan.clamd)]),
      ...(scan.spamd === null ? [] : [watch(new Spamd(scan.spamd.address), scan.spamd)]),
      ...(scan.rspamd === null ? [] : [watch(new Rspamd(scan.rspamd.address), scan.rspamd)]),
    ];
    const senderChecks = SenderChecks.wanted(verify)
      ? new SenderChecks(verify, { dns, hostname, clock, log: scanLog })
      : null;
    this.#checks = this.#scanners.length > 0 || senderChecks !== null;
    this.#screening = new Screening({
      scanners: this.#scanners,
      senderChecks,
      signer: this.#signer,
      keep: (message, finding, also) => quarantine.keep(quarantineEntry(message, finding), also),
      hostname,
      stateDir,
      statistics,
      clock,
      log: scanLog,
    });
    // Before the start there is nobody to tell, and nothing that could be told in time.
    if (this.#timer !== null) this.#probe();
  }

  /** What looks at a message that `user` sends, null for a stranger; null when nothing does. */
  screeningFor(user: string | null): ScreeningPort | null {
    return this.#checks || (user !== null && this.#signer.ready) ? this.#screening : null;
  }

  /** As the scanners say now. */
  status(): Promise<ScannerStatus[]> {
    return Promise.all(this.#scanners.map((watched) => watched.status()));
  }

  /** As they said last. */
  lastStatus(): ScannerStatus[] {
    return this.#scanners.map((watched) => watched.lastStatus());
  }

  #probe(): void {
    this.#timer?.cancel();
    this.#timer = this.#needs.clock.after(PROBE_EVERY_MS, () => this.#probe());
    for (const watched of this.#scanners) {
      watched.probe().catch((error: unknown) => {
        this.#needs.log.for('scan').error('scanner could not be asked', { error: errorText(error) });
      });
    }
  }
}

function quarantineEntry(
  message: Parameters<ScreeningPort['quarantine']>[0],
  { by, kind, reason }: Parameters<ScreeningPort['quarantine']>[1],
) {
  // A message without a verdict is told to come back, and never kept.
  return { message, kind: kind === 'unavailable' ? ('sender' as const) : kind, scanner: by, reason };
}
