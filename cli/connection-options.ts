/** The options of `connections add`, `edit` and those for collectors, and what the API is given for them. */
import { type Command, InvalidArgumentError } from 'commander';
import type { CollectorSettings, Sender, SenderSettings } from '../shared/api/connections.ts';
import { usageFailure } from './failure.ts';
import { oneOf } from './option.ts';

export const tlsModes = ['implicit', 'starttls', 'none'] as const;
export const sendingModes = ['at-once', 'when-connected'] as const;
type TlsMode = (typeof tlsModes)[number];

interface HostAndPort {
  readonly host: string;
  readonly port?: number;
}

export interface CollectorOptions {
  readonly pop3?: HostAndPort;
  readonly imap?: HostAndPort;
  readonly server?: HostAndPort;
  readonly user?: string;
  readonly tls?: TlsMode;
  /** False: --no-verify. */
  readonly verify?: boolean;
  readonly folder?: readonly string[];
  readonly delete?: boolean;
  readonly keep?: boolean;
  readonly keepDays?: number;
  readonly deliverTo?: string;
  readonly byHeaders?: boolean;
}

export interface SenderOptions {
  /** False: --no-relay. */
  readonly relay?: HostAndPort | false;
  readonly relayTls?: TlsMode;
  readonly relayUser?: string;
  /** False: --no-relay-verify. */
  readonly relayVerify?: boolean;
}

/** `mail.example.net`, `mail.example.net:995`, `[2001:db8::1]:995`. */
export function hostAndPort(text: string): HostAndPort {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? (/^[\da-f:.]+$/i.test(text) ? text : undefined);
  if (host === undefined || (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))) {
    throw new InvalidArgumentError(`"${text}" is not a server: write host or host:port`);
  }
  return { host, ...(port === undefined ? {} : { port: Number(port) }) };
}

const days = (text: string): number => {
  const [, number] = /^(\d{1,4})d?$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError(`"${text}" is not a number of days`);
  return Number(number);
};

const folders = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

export function withSenderOptions(command: Command): Command {
  return command
    .option('--relay <host[:port]>', 'server that takes what is sent by it', hostAndPort)
    .option('--relay-user <name>', 'login at the relay')
    .addOption(oneOf('--relay-tls <mode>', 'TLS with the relay (default: starttls)', tlsModes))
    .option('--no-relay-verify', 'take any certificate of the relay');
}

/** Those that can be changed later; a new collector needs its server besides. */
export function withCollectorOptions(command: Command): Command {
  return command
    .option('--user <name>', 'login at the mailbox')
    .addOption(oneOf('--tls <mode>', 'TLS with the server (default: implicit)', tlsModes))
    .option('--no-verify', 'take any certificate of the server')
    .option('--folder <name>', 'IMAP4 folder; may be given more than once (default: INBOX)', folders)
    .option('--delete', 'delete messages there as soon as they are here')
    .option('--keep', 'leave messages there (default)')
    .option('--keep-days <n>', 'delete messages there after so many days', days)
    .option('--deliver-to <address>', 'account that gets the mail')
    .option(
      '--by-headers',
      'to those whom To, Cc, Delivered-To and X-Original-To name; others to --deliver-to',
    )
    .option('--no-by-headers', 'all to --deliver-to');
}

export const withNewServer = (command: Command): Command =>
  command
    .option('--pop3 <host[:port]>', 'collect from a POP3 mailbox', hostAndPort)
    .option('--imap <host[:port]>', 'collect from an IMAP4 mailbox', hostAndPort);

/** Null when no collector is named. The password is still to be asked for. */
export function newCollector(options: CollectorOptions): Omit<CollectorSettings, 'password'> | null {
  const { pop3, imap, user, deliverTo } = options;
  const server = pop3 ?? imap;
  if (server === undefined) {
    if (Object.keys(changesOf(options)).length === 0) return null;
    throw usageFailure('which mailbox is to be collected?', 'Say --pop3 HOST or --imap HOST.');
  }
  if (pop3 && imap)
    throw usageFailure(
      '--pop3 and --imap exclude each other',
      'Add the other one with: mailctl connections add-collector',
    );
  if (user === undefined) throw usageFailure('--user is missing', 'It is the login at the mailbox.');
  if (deliverTo === undefined) {
    throw usageFailure('--deliver-to is missing', 'It is the account that gets the mail.');
  }
  return { protocol: pop3 ? 'pop3' : 'imap', ...server, user, deliverTo, ...changesOf(options) };
}

/** What is given of a collector, and nothing else. */
export function changesOf(
  options: CollectorOptions,
): Partial<Omit<CollectorSettings, 'protocol' | 'password'>> {
  const { server, user, tls, verify, folder, deliverTo, byHeaders, keepDays } = options;
  if ([options.delete, options.keep, keepDays !== undefined].filter(Boolean).length > 1) {
    throw usageFailure('--delete, --keep and --keep-days exclude each other');
  }
  return {
    ...server,
    ...(user !== undefined && { user }),
    ...(tls !== undefined && { tls }),
    ...(verify === false && { verify }),
    ...(folder !== undefined && { folders: [...folder] }),
    ...(deliverTo !== undefined && { deliverTo }),
    ...(byHeaders !== undefined && { byHeaders }),
    ...(options.delete && { keepDays: 0 }),
    ...(options.keep && { keepDays: null }),
    ...(keepDays !== undefined && { keepDays }),
  };
}

/** Undefined when nothing is said of it, null for --no-relay. `before`: what it is now. */
export function senderOf(
  { relay, relayTls, relayUser, relayVerify }: SenderOptions,
  before: Sender | null,
): Omit<SenderSettings, 'password'> | null | undefined {
  if (relay === false) return null;
  const said = relay ?? relayTls ?? relayUser ?? (relayVerify === false ? relayVerify : undefined);
  if (said === undefined) return undefined;
  const host = relay?.host ?? before?.host;
  if (host === undefined) throw usageFailure('which relay?', 'Say --relay HOST.');
  const tls = relayTls ?? before?.tls;
  const samePort = relay === undefined && relayTls === undefined ? before?.port : undefined;
  const port = relay?.port ?? samePort;
  const user = relayUser ?? before?.user ?? undefined;
  const verify = relayVerify === false ? false : before?.verify;
  return {
    host,
    ...(port !== undefined && { port }),
    ...(tls !== undefined && { tls }),
    ...(user !== undefined && { user }),
    ...(verify !== undefined && { verify }),
  };
}
