/** Checked values to the configuration that the daemon uses, with what depends on the machine filled in. */
import { hostname as machineName, networkInterfaces } from 'node:os';
import { defaultSocket, defaultStateDir, type Surroundings, surroundings } from '../../shared/paths.ts';
import type { Config, ListenerConfig, RouteConfig } from './config.ts';
import type { ListenerValues, RouteValues, Settings, Values } from './read-settings.ts';

/** What the defaults depend on. */
export interface Machine {
  readonly surroundings: Surroundings;
  readonly hostname: string;
  readonly ipv6: boolean;
}

export const thisMachine = (): Machine => ({
  surroundings: surroundings(),
  hostname: machineName().toLowerCase(),
  ipv6: Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6')),
});

/** `file` is null when there is no configuration. `settings` must be free of faults. */
export function buildConfig(
  { values, listeners, routes }: Settings,
  file: string | null,
  at: Machine,
): Config {
  const stateDir = values.state_dir ?? defaultStateDir(at.surroundings);
  return {
    hostname: values.hostname ?? at.hostname,
    stateDir,
    relayNetworks: values.relay_networks,
    domains: values.domains,
    maxMessageBytes: values.max_message_size,
    postmaster: values.postmaster,
    control: {
      socket: values['control.socket'] ?? defaultSocket(stateDir, at.surroundings),
      group: values['control.group'],
    },
    listeners:
      listeners.length === 0 ? defaultListeners(file !== null, at) : listeners.flatMap(listenerConfig),
    routes: routes.flatMap(routeConfig),
    tls: { certificate: values['tls.certificate'], key: values['tls.key'] },
    smtp: {
      greetingDelayMs: values['smtp.greeting_delay'],
      maxRecipients: values['smtp.max_recipients'],
      maxErrors: values['smtp.max_errors'],
      maxLineBytes: values['smtp.max_line_length'],
      idleTimeoutMs: values['smtp.idle_timeout'],
      sessionTimeoutMs: values['smtp.session_timeout'],
      minBytesPerSecond: values['smtp.min_rate'],
      maxReceivedHeaders: values['smtp.max_received'],
      inlineBytes: values['smtp.inline_size'],
      plusAddressing: values['smtp.plus_addressing'],
    },
    auth: {
      delayMs: values['auth.delay'],
      maxFailures: values['auth.max_failures'],
      banMs: values['auth.ban'],
    },
    delivery: {
      concurrency: values['delivery.concurrency'],
      concurrencyPerDomain: values['delivery.concurrency_per_domain'],
      retryScheduleMs: values['delivery.retry_schedule'],
      expireAfterMs: values['delivery.expire_after'],
      delayNoticeAfterMs: values['delivery.delay_notice_after'],
      attemptTimeoutMs: values['delivery.attempt_timeout'],
      connectTimeoutMs: values['delivery.connect_timeout'],
      idleConnectionMs: values['delivery.idle_connection'],
      tls: values['delivery.tls'],
      ipv6: values['delivery.ipv6'],
      localAddress: values['delivery.local_address'],
      port: values['delivery.port'],
    },
    dns: {
      servers: values['dns.servers'],
      timeoutMs: values['dns.timeout'],
      cacheEntries: values['dns.cache_entries'],
    },
    limits: {
      connections: values['limits.connections'],
      connectionsPerAddress: values['limits.connections_per_address'],
      connectionsPerUser: values['limits.connections_per_user'],
    },
    log: {
      levels: values['log.levels'],
      level: values['log.level'],
      ringLines: values['log.ring_lines'],
      fileBytes: values['log.file_size'],
      files: values['log.files'],
      keepMs: values['log.keep'],
      stdout: values['log.stdout'],
    },
    queue: {
      undoMs: values['queue.undo_for'],
      historyMs: values['queue.keep_history'],
      minFreeBytes: values['queue.min_free_space'],
    },
    scan: scanConfig(values),
    quarantine: { keepMs: values['quarantine.keep'] },
    audit: { keepMs: values['audit.keep'] },
    verify: {
      mode: values['verify.mode'],
      domains: values['verify.domains'],
      timeoutMs: values['verify.timeout'],
      maxBytes: values['verify.max_size'],
    },
    housekeeper: {
      schedules: {
        'daily-report': values['housekeeper.daily_report'],
        retention: values['housekeeper.retention'],
        database: values['housekeeper.database'],
        certificate: values['housekeeper.certificate'],
        'disk-space': values['housekeeper.disk_space'],
        'self-test': values['housekeeper.self_test'],
      },
      reportTo: values['housekeeper.report_to'],
      idleAccountMs: values['housekeeper.idle_account'],
    },
    pop3: {
      loginDelayMs: values['pop3.login_delay'],
      idleTimeoutMs: values['pop3.idle_timeout'],
      loginTimeoutMs: values['pop3.login_timeout'],
      maxErrors: values['pop3.max_errors'],
      markSeen: values['pop3.mark_seen'],
    },
    imap: {
      idleTimeoutMs: values['imap.idle_timeout'],
      loginTimeoutMs: values['imap.login_timeout'],
      commandTimeoutMs: values['imap.command_timeout'],
      minBytesPerSecond: values['imap.min_rate'],
      maxLineBytes: values['imap.max_line_length'],
      maxErrors: values['imap.max_errors'],
    },
    mailboxes: {
      defaultFolders: values['mailboxes.default_folders'],
      spamToJunk: values['mailboxes.spam_to_junk'],
    },
    minger: {
      secrets: values['minger.secrets'],
      anonymous: values['minger.anonymous'],
      allow: values['minger.allow'],
      rate: values['minger.rate'],
    },
  };
}

/**
 * Root with a configuration runs a mail server for the world. Whoever just tries maild out gets one that only
 * this machine can reach, at ports that need no privilege.
 */
function defaultListeners(configured: boolean, at: Machine): readonly ListenerConfig[] {
  if (!configured || !at.surroundings.root) {
    return [
      { protocol: 'smtp', address: '127.0.0.1', port: 2525, tls: 'starttls' },
      { protocol: 'submission', address: '127.0.0.1', port: 2587, tls: 'starttls' },
      { protocol: 'pop3', address: '127.0.0.1', port: 2110, tls: 'starttls' },
      { protocol: 'imap', address: '127.0.0.1', port: 2143, tls: 'starttls' },
    ];
  }
  // One socket for both families, where the machine has both.
  const address = at.ipv6 ? '::' : '0.0.0.0';
  return [
    { protocol: 'smtp', address, port: 25, tls: 'starttls' },
    { protocol: 'submission', address, port: 587, tls: 'starttls' },
    { protocol: 'submission', address, port: 465, tls: 'implicit' },
    { protocol: 'pop3', address, port: 110, tls: 'starttls' },
    { protocol: 'pop3', address, port: 995, tls: 'implicit' },
    { protocol: 'imap', address, port: 143, tls: 'starttls' },
    { protocol: 'imap', address, port: 993, tls: 'implicit' },
  ];
}

function scanConfig(values: Values): Config['scan'] {
  const scanner = (name: 'clamd' | 'spamd' | 'rspamd') => {
    const address = values[`scan.${name}.address`];
    if (address === null) return null;
    return {
      address,
      action: values[`scan.${name}.action`],
      unavailable: values[`scan.${name}.unavailable`],
      maxBytes: values[`scan.${name}.max_size`],
    };
  };
  const clamd = scanner('clamd');
  return {
    concurrency: values['scan.concurrency'],
    timeoutMs: values['scan.timeout'],
    clamd: clamd && { ...clamd, signaturesMaxAgeMs: values['scan.clamd.signatures_max_age'] },
    spamd: scanner('spamd'),
    rspamd: scanner('rspamd'),
  };
}

function listenerConfig({ protocol, address, port, tls }: ListenerValues): ListenerConfig[] {
  if (protocol === null || port === null) return [];
  return [{ protocol, address, port, tls: protocol === 'minger' ? 'none' : tls }];
}

function routeConfig({ domain, via, connection, tls }: RouteValues): RouteConfig[] {
  if (domain === null) return [];
  if (via !== null) return [{ domain, via: tls === null ? via : { ...via, tls } }];
  return connection === null ? [] : [{ domain, connection }];
}
