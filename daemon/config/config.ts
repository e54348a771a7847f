/** The configuration as the daemon uses it: parsed, checked, with defaults. `schema.ts` says what each key means. */
import type { TaskName } from '../../shared/api/housekeeper.ts';
import type { LogCategory, LogLevel } from '../../shared/api/log.ts';

export type ListenerProtocol = 'smtp' | 'submission' | 'pop3' | 'imap' | 'minger' | 'metrics';
export type TlsMode = 'none' | 'starttls' | 'implicit';

export interface ListenerConfig {
  readonly protocol: ListenerProtocol;
  readonly address: string;
  readonly port: number;
  readonly tls: TlsMode;
}

/** Next hop of a route, from `smtp://host:port` (STARTTLS when offered) or `smtps://host:port` (TLS from the start). */
export interface NextHop {
  readonly host: string;
  readonly port: number;
  readonly tls: 'opportunistic' | 'required' | 'implicit' | 'none';
  readonly user?: string;
  readonly password?: string;
  /** Whether a certificate must be good where TLS is required. Without it: beyond loopback. */
  readonly verify?: boolean;
}

/** Where a scanner listens. */
export type ScannerAddress = { readonly path: string } | { readonly host: string; readonly port: number };

export interface ScannerConfig {
  readonly address: ScannerAddress;
  /** With what it finds a virus or spam in. */
  readonly action: 'reject' | 'mark' | 'quarantine' | 'drop';
  /** While it gives no verdict: mail is taken with a mark, or told to come back. */
  readonly unavailable: 'accept' | 'defer';
  /** Larger messages are not shown to it. */
  readonly maxBytes: number;
}

/** What is done about senders that are not who they say: nothing, a header, or what their domain's DMARC policy asks for. */
export type VerifyMode = 'off' | 'mark' | 'enforce';

export interface RouteConfig {
  /** Recipient domain; `*` stands for any run of characters. */
  readonly domain: string;
  /** Exactly one of the two. */
  readonly via?: NextHop;
  readonly connection?: string;
}

/** Uses that folders have for mail programs (RFC 6154). */
export type FolderUse = 'drafts' | 'sent' | 'junk' | 'trash' | 'archive';

export interface Config {
  readonly hostname: string;
  readonly stateDir: string;
  readonly relayNetworks: readonly string[];
  readonly domains: readonly string[];
  readonly maxMessageBytes: number;
  readonly postmaster: string | null;
  readonly control: { readonly socket: string; readonly group: string | null };
  readonly listeners: readonly ListenerConfig[];
  readonly routes: readonly RouteConfig[];
  readonly tls: { readonly certificate: string | null; readonly key: string | null };
  readonly smtp: {
    /** Wait before the greeting, to catch clients that talk too soon. Never for `relay_networks` nor submission. */
    readonly greetingDelayMs: number;
    readonly maxRecipients: number;
    /** Bad commands and refused recipients after which a client is sent away. */
    readonly maxErrors: number;
    readonly maxLineBytes: number;
    readonly idleTimeoutMs: number;
    /** A whole message must be through in this time, however the client spreads its bytes. */
    readonly sessionTimeoutMs: number;
    /** Slower than this over `minRateSeconds` and the client is sent away. */
    readonly minBytesPerSecond: number;
    readonly maxReceivedHeaders: number;
    readonly inlineBytes: number;
    readonly plusAddressing: boolean;
  };
  readonly auth: {
    readonly delayMs: number;
    readonly maxFailures: number;
    readonly banMs: number;
  };
  readonly delivery: {
    readonly concurrency: number;
    readonly concurrencyPerDomain: number;
    readonly retryScheduleMs: readonly number[];
    readonly expireAfterMs: number;
    /** A notice of delay goes out after this long; 0: never. */
    readonly delayNoticeAfterMs: number;
    readonly attemptTimeoutMs: number;
    readonly connectTimeoutMs: number;
    readonly idleConnectionMs: number;
    readonly tls: 'opportunistic' | 'required' | 'none';
    readonly ipv6: boolean;
    readonly localAddress: string | null;
    /** Remote SMTP port for MX hosts: 25, except in tests. */
    readonly port: number;
  };
  readonly dns: {
    readonly servers: readonly string[];
    readonly timeoutMs: number;
    readonly cacheEntries: number;
  };
  readonly limits: {
    readonly connections: number;
    readonly connectionsPerAddress: number;
    /** POP3 and IMAP4 sessions of one user, each for itself. */
    readonly connectionsPerUser: number;
  };
  readonly log: {
    readonly levels: Readonly<Partial<Record<LogCategory, LogLevel>>>;
    readonly level: LogLevel;
    readonly ringLines: number;
    readonly fileBytes: number;
    readonly files: number;
    /** Age at which closed files go. */
    readonly keepMs: number;
    readonly stdout: 'text' | 'json' | 'none';
  };
  readonly queue: {
    readonly undoMs: number;
    readonly historyMs: number;
    /** Below this much free space on the disk no mail is taken (452). */
    readonly minFreeBytes: number;
  };
  readonly scan: {
    /** Scans at one time, by each scanner. */
    readonly concurrency: number;
    readonly timeoutMs: number;
    /** Null: not asked. */
    readonly clamd: (ScannerConfig & { readonly signaturesMaxAgeMs: number }) | null;
    readonly spamd: ScannerConfig | null;
    readonly rspamd: ScannerConfig | null;
  };
  readonly quarantine: { readonly keepMs: number };
  readonly audit: { readonly keepMs: number };
  /** SPF, DKIM, DMARC and ARC of what strangers send. */
  readonly verify: {
    readonly mode: VerifyMode;
    /** Author domains that are treated otherwise; the first pattern that fits. */
    readonly domains: Readonly<Record<string, VerifyMode>>;
    readonly timeoutMs: number;
    readonly maxBytes: number;
  };
  /** Cron expressions in local time; empty: never. */
  readonly housekeeper: {
    readonly schedules: Readonly<Record<TaskName, string>>;
    readonly reportTo: string | null;
    readonly idleAccountMs: number;
  };
  readonly pop3: {
    /** 0: none. */
    readonly loginDelayMs: number;
    readonly idleTimeoutMs: number;
    readonly loginTimeoutMs: number;
    readonly maxErrors: number;
    readonly markSeen: boolean;
  };
  readonly imap: {
    readonly idleTimeoutMs: number;
    /** From the first byte to the end of the login. */
    readonly loginTimeoutMs: number;
    /** For a command that is on its way; a message in it buys it more. */
    readonly commandTimeoutMs: number;
    readonly minBytesPerSecond: number;
    readonly maxLineBytes: number;
    readonly maxErrors: number;
  };
  readonly mailboxes: {
    /** What a new account gets beside its INBOX, by its use. */
    readonly defaultFolders: Readonly<Partial<Record<FolderUse, string>>>;
    readonly spamToJunk: boolean;
  };
  readonly minger: {
    readonly secrets: readonly string[];
    readonly anonymous: boolean;
    readonly allow: readonly string[];
    /** Queries per second of one client. */
    readonly rate: number;
  };
}
