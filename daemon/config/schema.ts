/**
 * Every key of the configuration: its type, unit, default, whether it can change live, and what it does.
 *
 * From this one place come the checks, the defaults, `config describe`, `config show` and the list of keys in
 * maild.toml(5) (`npm run check` holds them together).
 */
import { logCategories, logLevels } from '../../shared/api/log.ts';
import { dnsServer, nextHop } from './host-and-port.ts';
import { housekeeperSettings } from './housekeeper-settings.ts';
import { imapSettings } from './imap-settings.ts';
import { mailboxSettings } from './mailbox-settings.ts';
import { mingerSettings } from './minger-settings.ts';
import { pop3Settings } from './pop3-settings.ts';
import { scanSettings } from './scan-settings.ts';
import { optional, setting } from './setting.ts';
import {
  address,
  boolean,
  choice,
  domainPattern,
  duration,
  hostName,
  integer,
  listOf,
  mailAddress,
  network,
  path,
  size,
  tableOf,
  text,
} from './value-type.ts';

const live = true;
const restart = false;

/** Keys that stand once, by their full name. */
export const settings = {
  hostname: optional(hostName, {
    live: restart,
    summary:
      'Name of this server in greetings, HELO, Received headers and its own certificate; otherwise the name of the machine.',
  }),
  state_dir: optional(path, {
    live: restart,
    summary:
      'Directory of the database, messages and logs; otherwise /var/lib/maild as root, $XDG_STATE_HOME/maild for others.',
  }),
  relay_networks: setting(listOf(network), ['127.0.0.0/8', '::1/128'], {
    live,
    summary: 'Clients that may send to anywhere without logging in, and are exempt from limits per address.',
  }),
  domains: setting(listOf(hostName), [], {
    live,
    summary: 'Mail domains that are ours, besides those added by mailctl domains add.',
  }),
  max_message_size: setting(size('1k', '2G'), '50M', {
    live,
    summary: 'Largest message that is taken.',
  }),
  postmaster: optional(mailAddress, {
    live,
    summary: 'Gets mail to the address postmaster without a domain; otherwise postmaster@ the first domain.',
  }),
  'control.socket': optional(path, {
    live: restart,
    summary:
      'Unix socket of the control API; otherwise /run/maild/maild.sock as root, maild/maild.sock in $XDG_RUNTIME_DIR or in the state directory for others.',
  }),
  'control.group': optional(text, {
    live: restart,
    summary: 'Group whose members may use the control socket, besides its owner.',
  }),
  'tls.certificate': optional(path, {
    live,
    summary: 'PEM file with the certificate and its chain; otherwise maild makes a certificate for itself.',
  }),
  'tls.key': optional(path, { live, summary: 'PEM file with the private key of tls.certificate.' }),
  'smtp.greeting_delay': setting(duration('0s', '1m'), '1s', {
    live,
    summary:
      'Wait before the greeting; who talks before it is refused. Never for relay_networks or submission.',
  }),
  'smtp.max_recipients': setting(integer(100, 100_000, 'recipients'), 1000, {
    live,
    summary: 'Most recipients of one message.',
  }),
  'smtp.max_errors': setting(integer(1, 10_000), 20, {
    live,
    summary: 'Bad commands and refused recipients after which a client is sent away.',
  }),
  'smtp.max_line_length': setting(integer(1000, 1_048_576, 'bytes'), 65_536, {
    live,
    summary: 'Longest line in a message.',
  }),
  'smtp.idle_timeout': setting(duration('1s', '1h'), '5m', {
    live,
    summary: 'A client that says nothing for so long is sent away.',
  }),
  'smtp.session_timeout': setting(duration('10s', '7d'), '1h', {
    live,
    summary: 'Longest time for one message, from MAIL to the end of its data, however slowly its bytes come.',
  }),
  'smtp.min_rate': setting(integer(0, 1_000_000_000, 'bytes per second'), 100, {
    live,
    summary: 'A client whose message comes slower than this is sent away; 0: never.',
  }),
  'smtp.max_received': setting(integer(10, 1000, 'headers'), 100, {
    live,
    summary: 'A message with more Received headers than this is in a loop and is refused.',
  }),
  'smtp.inline_size': setting(size('0', '1M'), '64k', {
    live,
    summary: 'Messages up to this size are kept in the database, larger ones in files of their own.',
  }),
  'smtp.plus_addressing': setting(boolean, true, {
    live,
    summary:
      'Whether user+anything@domain is user@domain; it goes to the folder of that name, when the account has one.',
  }),
  'auth.delay': setting(duration('0s', '1m'), '1s', {
    live,
    summary: 'Wait after a failed login; it doubles with each further one.',
  }),
  'auth.max_failures': setting(integer(1, 10_000, 'logins'), 10, {
    live,
    summary: 'Failed logins after which an address is refused for a time.',
  }),
  'auth.ban': setting(duration('1s', '30d'), '15m', {
    live,
    summary: 'How long an address is refused after too many failed logins.',
  }),
  'delivery.concurrency': setting(integer(1, 10_000, 'deliveries'), 20, {
    live,
    summary: 'Most deliveries at one time.',
  }),
  'delivery.concurrency_per_domain': setting(integer(1, 10_000, 'deliveries'), 5, {
    live,
    summary: 'Most deliveries to one domain at one time.',
  }),
  'delivery.retry_schedule': setting(listOf(duration('1s', '30d'), 1), ['1m', '5m', '15m', '1h', '4h'], {
    live,
    summary: 'Waits between attempts; the last one repeats. Each is varied a little at random.',
  }),
  'delivery.expire_after': setting(duration('1s', '365d'), '5d', {
    live,
    summary: 'A message that could not be delivered for so long goes back to its sender.',
  }),
  'delivery.delay_notice_after': setting(duration('0s', '365d'), '4h', {
    live,
    summary: 'The sender is told after so long that a message waits; 0s: never.',
  }),
  'delivery.attempt_timeout': setting(duration('1s', '6h'), '30m', {
    live,
    summary: 'Longest time for one attempt, from connecting to the final reply.',
  }),
  'delivery.connect_timeout': setting(duration('100ms', '10m'), '30s', {
    live,
    summary: 'Longest time for connecting to one address.',
  }),
  'delivery.idle_connection': setting(duration('0s', '5m'), '5s', {
    live,
    summary: 'How long a connection waits for the next message to the same host.',
  }),
  'delivery.tls': setting(choice('opportunistic', 'required', 'none'), 'opportunistic', {
    live,
    summary: 'Whether mail to MX hosts is encrypted: when the host offers it, always, or never.',
  }),
  'delivery.ipv6': setting(boolean, true, { live, summary: 'Whether IPv6 addresses of hosts are used.' }),
  'delivery.local_address': optional(address, {
    live,
    summary: 'Address of this machine that deliveries come from; otherwise the system chooses.',
  }),
  'delivery.port': setting(integer(1, 65_535), 25, { live, summary: 'Port of MX hosts.' }),
  'dns.servers': setting(listOf(dnsServer), [], {
    live: restart,
    summary: 'DNS servers to ask; empty: those of the system.',
  }),
  'dns.timeout': setting(duration('100ms', '1m'), '5s', {
    live: restart,
    summary: 'Longest wait for an answer of a DNS server.',
  }),
  'dns.cache_entries': setting(integer(0, 1_000_000, 'answers'), 10_000, {
    live: restart,
    summary: 'Most DNS answers that are kept in memory.',
  }),
  'limits.connections': setting(integer(1, 1_000_000, 'connections'), 20_000, {
    live,
    summary: 'Most connections of clients at one time.',
  }),
  'limits.connections_per_address': setting(integer(1, 1_000_000, 'connections'), 100, {
    live,
    summary: 'Most connections from one address; relay_networks are exempt.',
  }),
  'limits.connections_per_user': setting(integer(1, 1_000_000, 'connections'), 50, {
    live,
    summary: 'Most POP3 connections of one user, and most IMAP4 connections; relay_networks are exempt.',
  }),
  'log.level': setting(choice(...logLevels), 'info', {
    live,
    summary: 'What is logged: this level and all that are graver.',
  }),
  'log.levels': setting(
    tableOf(logCategories, 'category', choice(...logLevels)),
    {},
    { live, summary: 'Levels of single categories, where they differ from log.level.' },
  ),
  'log.ring_lines': setting(integer(100, 1_000_000, 'lines'), 10_000, {
    live: restart,
    summary: 'Newest log lines that are kept in memory for mailctl log.',
  }),
  'log.file_size': setting(size('64k', '10G'), '20M', {
    live,
    summary: 'A log file of this size is closed and a new one begun.',
  }),
  'log.files': setting(integer(0, 1000, 'files'), 5, {
    live,
    summary: 'Closed log files that are kept; 0: none.',
  }),
  'log.keep': setting(duration('1h', '3650d'), '30d', {
    live,
    summary: 'Closed log files are removed when they are older than this.',
  }),
  'log.stdout': setting(choice('text', 'json', 'none'), 'text', {
    live: restart,
    summary: 'Form of the log on standard output.',
  }),
  'queue.undo_for': setting(duration('0s', '30d'), '1h', {
    live,
    summary: 'How long removed messages can be brought back by mailctl queue undo.',
  }),
  'queue.keep_history': setting(duration('0s', '365d'), '3d', {
    live,
    summary: 'How long the story of a message is kept after it has left the queue.',
  }),
  'queue.min_free_space': setting(size('0', '1G'), '100M', {
    live,
    summary: 'With less free space than this on the disk of the state directory no mail is taken.',
  }),
  'audit.keep': setting(duration('1h', '3650d'), '365d', {
    live,
    summary: 'How long is kept who changed what through the control API.',
  }),
  ...scanSettings,
  ...housekeeperSettings,
  ...imapSettings,
  ...mailboxSettings,
  ...mingerSettings,
  ...pop3Settings,
};

/** Keys of each `[[listeners]]`. */
export const listenerSettings = {
  protocol: optional(choice('smtp', 'submission', 'pop3', 'imap', 'minger', 'metrics'), {
    live,
    summary: 'What is spoken there. This version serves smtp, submission, pop3, imap and minger.',
  }),
  address: setting(address, '127.0.0.1', {
    live,
    summary: 'Address to listen on; 0.0.0.0 for all of IPv4, :: for all of IPv6 and IPv4.',
  }),
  port: optional(integer(0, 65_535), {
    live,
    summary: 'Port to listen on; 0: any that is free.',
  }),
  tls: setting(choice('none', 'starttls', 'implicit'), 'starttls', {
    live,
    summary:
      'No encryption, encryption when the client asks for it, or from the first byte. Minger has none.',
  }),
};

/** Keys of each `[[routes]]`. */
export const routeSettings = {
  domain: optional(domainPattern, {
    live,
    summary: 'Recipient domain; * stands for any run of characters. The first route that fits is taken.',
  }),
  via: optional(nextHop, {
    live,
    summary:
      'Mail server that takes this mail: smtp://host:port, or smtps://host:port for TLS from the start.',
  }),
  connection: optional(text, {
    live,
    summary:
      'Name of the connection whose sender takes this mail, in place of via (see mailctl connections).',
  }),
  tls: optional(choice('opportunistic', 'required', 'none'), {
    live,
    summary:
      'Whether STARTTLS is used with via; otherwise opportunistic, and required when via has a password and is not on loopback.',
  }),
};

/** Tables that may stand any number of times. */
export const tables = { listeners: listenerSettings, routes: routeSettings };
