/** All checks of the self-test, each with what it looks at. */
import { dkimRecord } from './scan/dkim-keys.ts';
import type { Check } from './selftest/check.ts';
import { bansCheck, loopbackBanCheck } from './selftest/checks/bans.ts';
import { certificateCheck } from './selftest/checks/certificate.ts';
import { type ClockWatch, clockCheck } from './selftest/checks/clock.ts';
import { databaseSizeCheck } from './selftest/checks/database-size.ts';
import { diskSpaceCheck } from './selftest/checks/disk-space.ts';
import { dkimCheck } from './selftest/checks/dkim.ts';
import { dnsCheck } from './selftest/checks/dns.ts';
import { fileDescriptorsCheck } from './selftest/checks/file-descriptors.ts';
import { hostnameCheck } from './selftest/checks/hostname.ts';
import { listenersCheck } from './selftest/checks/listeners.ts';
import { mxCheck } from './selftest/checks/mx-records.ts';
import { nullSenderCheck } from './selftest/checks/null-sender.ts';
import { openRelayCheck } from './selftest/checks/open-relay.ts';
import { permissionsCheck } from './selftest/checks/permissions.ts';
import { postmasterCheck } from './selftest/checks/postmaster.ts';
import { queueCheck } from './selftest/checks/queue.ts';
import { quotaCheck } from './selftest/checks/quota.ts';
import { reverseDnsCheck } from './selftest/checks/reverse-dns.ts';
import { dmarcCheck, spfCheck } from './selftest/checks/sender-policy.ts';
import type { Services } from './services.ts';
import type { DatabaseUpkeep } from './store/database-upkeep.ts';

export interface CheckParts {
  readonly clockWatch: ClockWatch;
  readonly database: DatabaseUpkeep;
}

export function selfTestChecks(services: Services, { clockWatch, database }: CheckParts): readonly Check[] {
  const { configuration, accounts, blocks, clock, pauses, queue, resolver, store, tls } = services;
  const { config } = configuration;
  const { hostname, stateDir } = config;
  const listeners = () => services.listeners.status();
  const domains = () => accounts.domainNames();
  const storeUsable = () => store.health.state === 'ok';
  const now = () => clock.now();
  const dns = { hostname, domains, listeners, dns: resolver };
  return [
    hostnameCheck(dns),
    dnsCheck({ ...dns, servers: config.dns.servers }),
    mxCheck(dns),
    spfCheck(dns),
    dkimCheck({ ...dns, keyOf: async (domain) => signingKey(services, domain) }),
    dmarcCheck(dns),
    reverseDnsCheck(dns),
    openRelayCheck({
      relayNetworks: () => config.relayNetworks,
      listeners,
      refused: () => services.statistics.add('rejectedMessages', -1),
    }),
    nullSenderCheck({ listeners, receivingPaused: () => pauses.paused('receiving') }),
    listenersCheck(listeners),
    loopbackBanCheck(() => blocks.list()),
    bansCheck(() => blocks.list()),
    certificateCheck({
      hostname,
      certificate: () => tls.pair.certificate,
      file: () => config.tls.certificate,
      now,
    }),
    permissionsCheck({ stateDir, keyFile: () => config.tls.key }),
    diskSpaceCheck({ stateDir, minFreeBytes: () => config.queue.minFreeBytes }),
    fileDescriptorsCheck({ connections: () => config.limits.connections }),
    databaseSizeCheck({ path: store.path, pageCounts: () => database.pageCounts(), storeUsable, now }),
    clockCheck(clockWatch),
    queueCheck({
      counts: () => queue.counts(),
      expireAfterMs: () => config.delivery.expireAfterMs,
      storeUsable,
      now,
    }),
    quotaCheck({
      fullest: (share, limit) => accounts.accountAdmin.fullest(share, limit),
      storeUsable,
    }),
    postmasterCheck(domains, accounts.directory),
  ];
}

/** What the DNS must have for what a domain signs with; null when it does not sign. */
function signingKey({ scanning }: Services, domain: string) {
  const key = scanning.keys.of(domain);
  if (key === undefined) return null;
  const [, publicKey = ''] = /p=(.*)$/.exec(dkimRecord(key).value) ?? [];
  return { selector: key.selector, publicKey };
}
