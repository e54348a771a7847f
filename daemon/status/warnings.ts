/**
 * What an operator should know or do: the one list of it, made anew each time from the parts concerned and from what the
 * self-test found last. What has been acknowledged is in it, and not in the warnings of the status.
 *
 * Only what is remembered here is since when: a warning that goes away and comes back begins anew.
 */
import type { Finding as KnownFinding } from '../../shared/api/doctor.ts';
import type { Pause, ServerPart, Warning } from '../../shared/api/server.ts';
import { formatBytes } from '../../shared/units.ts';
import { type Clock, isoTime } from '../clock.ts';
import type { Config, ListenerConfig } from '../config/config.ts';
import { isLoopback } from '../config/host-and-port.ts';
import type { ListenerFailure } from '../lifecycle/listener-set.ts';
import type { StoreHealth } from '../store/store.ts';
import { type ScannerStatus, scannerFindings } from './scanner-warnings.ts';

export interface WarningSources {
  readonly config: Config;
  readonly configuration: {
    readonly file: string | null;
    readonly secretsReadable: boolean;
    readonly needsRestart: readonly string[];
  };
  readonly listenerFailures: () => readonly ListenerFailure[];
  readonly storeHealth: () => StoreHealth;
  readonly storePath: string;
  /** Free bytes on the disk of the state directory as last measured; null when not known. */
  readonly freeBytes: () => number | null;
  readonly pauses: () => Readonly<Partial<Record<ServerPart, Pause>>>;
  /** As they said last. */
  readonly scanners: () => readonly ScannerStatus[];
  /** Collectors whose polls fail. */
  readonly collectors: () => readonly Warning[];
  /** What the self-test found when it ran last. */
  readonly selfTest: () => readonly Warning[];
  /** Until when an operator does not want to be warned of it; null: it has not been acknowledged. */
  readonly acknowledgedUntil: (code: string, subject: string) => string | null;
}

/** A warning of which only its beginning is not known yet. */
type Finding = Omit<Warning, 'since'> & { readonly since?: string };

export class Warnings {
  readonly #sources: WarningSources;
  readonly #clock: Clock;
  #since = new Map<string, string>();

  constructor(sources: WarningSources, clock: Clock) {
    this.#sources = sources;
    this.#clock = clock;
  }

  /** Without what has been acknowledged. The gravest first. */
  list(): Warning[] {
    return this.findings()
      .filter(({ acknowledgedUntil }) => acknowledgedUntil === null)
      .map(({ acknowledgedUntil: _, ...warning }) => warning);
  }

  /** All there is. The gravest first. */
  findings(): KnownFinding[] {
    const { config, configuration, storePath } = this.#sources;
    const findings: Finding[] = [
      ...databaseFindings(this.#sources.storeHealth(), storePath),
      ...diskFindings(this.#sources.freeBytes(), config),
      ...this.#sources.listenerFailures().map(listenerFinding),
      ...pauseFindings(this.#sources.pauses()),
      ...scannerFindings(this.#sources.scanners(), config.scan, this.#clock.now()),
      ...this.#sources.collectors(),
      ...configFindings(config, configuration),
      // Of a full disk the status tells as it is now, not as it was when the self-test ran.
      ...this.#sources.selfTest().filter(({ code }) => code !== diskFull),
    ];
    const now = isoTime(this.#clock.now());
    const since = new Map<string, string>();
    const list = findings.map((finding) => {
      const key = `${finding.code} ${finding.subject}`;
      const began = finding.since ?? this.#since.get(key) ?? now;
      since.set(key, began);
      const acknowledgedUntil = this.#sources.acknowledgedUntil(finding.code, finding.subject);
      return { ...finding, since: began, acknowledgedUntil };
    });
    this.#since = since;
    return list.sort((a, b) => gravity[a.severity] - gravity[b.severity]);
  }
}

const gravity = { error: 0, warning: 1, notice: 2 } as const;

const databaseRemedies = {
  full: 'Make room on the disk; maild goes on by itself.',
  damaged: 'Stop maild, keep a copy of the file, and restore the database from a backup.',
  unavailable: 'Look at the file and its directory; maild tries again by itself.',
} as const;

function databaseFindings({ state, problem }: StoreHealth, path: string): Finding[] {
  if (state === 'ok') return [];
  const evidence = problem ?? state;
  return [
    {
      code: `database.${state}`,
      severity: 'error',
      subject: path,
      evidence,
      remedy: databaseRemedies[state],
    },
  ];
}

const diskFull = 'disk.full';

function diskFindings(freeBytes: number | null, { stateDir, queue }: Config): Finding[] {
  const least = queue.minFreeBytes;
  if (freeBytes === null || freeBytes >= least) return [];
  return [
    {
      code: diskFull,
      severity: 'error',
      subject: stateDir,
      evidence: `${formatBytes(freeBytes)} are free: below ${formatBytes(least)} no mail is taken`,
      remedy: 'Make room on the disk, or move state_dir; less is kept with queue.keep_history and log.files.',
    },
  ];
}

function listenerFinding({ listener, error, since, retried }: ListenerFailure): Finding {
  return {
    code: 'listener.failed',
    severity: retried ? 'error' : 'warning',
    subject: listenerName(listener),
    evidence: error,
    remedy: retried
      ? 'Free the port or change [[listeners]]; maild tries again every 30 seconds.'
      : 'Take the listener out of the configuration.',
    since,
  };
}

/** `queue.paused` is what deliveries being paused means to an operator: the queue grows. */
const pauseWarnings = {
  receiving: { code: 'receiving.paused', effect: 'clients are told to come back later' },
  delivering: { code: 'queue.paused', effect: 'the queue is not delivered' },
  collecting: { code: 'collecting.paused', effect: 'mailboxes elsewhere are not collected' },
} as const;

function pauseFindings(pauses: Readonly<Partial<Record<ServerPart, Pause>>>): Finding[] {
  return (['receiving', 'delivering', 'collecting'] as const).flatMap((part) => {
    const pause = pauses[part];
    if (pause === undefined) return [];
    const { code, effect } = pauseWarnings[part];
    const until = pause.until === null ? '' : ` until ${pause.until}`;
    const why = pause.reason === null ? '' : `: ${pause.reason}`;
    return [
      {
        code,
        severity: 'warning',
        subject: part,
        evidence: `Paused${until}${why}; ${effect}`,
        remedy: `mailctl server resume ${part}`,
        since: pause.since,
      },
    ];
  });
}

function configFindings(
  config: Config,
  { file, secretsReadable, needsRestart }: WarningSources['configuration'],
) {
  const findings: Finding[] = [];
  const subject = file ?? 'defaults';
  if (secretsReadable) {
    findings.push({
      code: 'config.secrets_readable',
      severity: 'warning',
      subject,
      evidence: 'The file has a password in it and every user of this machine can read it',
      remedy: `chmod o-r ${subject}`,
    });
  }
  if (needsRestart.length > 0) {
    findings.push({
      code: 'config.needs_restart',
      severity: 'notice',
      subject,
      evidence: `Changed in the file and not in force: ${needsRestart.join(', ')}`,
      remedy: 'Restart the service when it suits.',
    });
  }
  findings.push(...config.listeners.filter(letsNobodyIn).map(noLoginFinding));
  // Whoever only tries maild out on loopback needs no name that the world knows.
  const open = config.listeners.some(({ address }) => !isLoopback(address));
  if (open && !config.hostname.includes('.')) {
    findings.push({
      code: 'hostname.not_qualified',
      severity: 'notice',
      subject: config.hostname,
      evidence: 'Other servers expect a full name in HELO, such as mail.example.org, and may refuse this one',
      remedy: 'Set hostname in the configuration.',
    });
  }
  return findings;
}

/** Passwords are taken under TLS or from loopback only: clients from elsewhere find a server that they cannot use. */
const letsNobodyIn = ({ protocol, address, tls }: ListenerConfig): boolean =>
  tls === 'none' &&
  !isLoopback(address) &&
  (protocol === 'submission' || protocol === 'pop3' || protocol === 'imap');

const noLoginFinding = ({ protocol, address, port }: ListenerConfig): Finding => ({
  code: 'listener.no_login',
  severity: 'warning',
  subject: listenerName({ protocol, address, port }),
  evidence: 'Without TLS nobody can log in there, except from this machine',
  remedy: 'Set tls = "starttls" or "implicit" for this listener.',
});

const listenerName = ({
  protocol,
  address,
  port,
}: Omit<ListenerConfig, 'tls' | 'protocol'> & { protocol: string }): string =>
  `${protocol} ${address.includes(':') ? `[${address}]` : address}:${port}`;
