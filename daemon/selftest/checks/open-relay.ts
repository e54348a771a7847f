/**
 * Whether strangers can send to strangers through us: tried for real, against each SMTP listener, from an address of
 * this machine that is not in relay_networks. Goes as far as RCPT; RFC 5321 7.1 and 3.9.
 */
import type { ListenerStatus } from '../../../shared/api/server.ts';
import { isLoopback, NetworkSet, parseNetwork } from '../../net/network.ts';
import { type Check, type CheckFinding, couldNotCheck, found } from '../check.ts';
import { isExposed, openListeners, ownAddresses, reachableAddress } from '../exposure.ts';
import { type ProbeTarget, probeSmtp } from '../smtp-probe.ts';

export interface OpenRelayNeeds {
  readonly relayNetworks: () => readonly string[];
  readonly listeners: () => readonly ListenerStatus[];
  /** Told when a listener has refused our own attempt and counted it: it was no client's. */
  readonly refused: () => void;
}

/** RFC 2606 2: no mail can ever go there, should it be taken. */
const commands = [
  'MAIL FROM:<self-test@self-test.invalid>',
  'RCPT TO:<self-test@elsewhere.invalid>',
  // The refusal is counted with the end of the transaction.
  'RSET',
];
/** Networks as large as this hold strangers, whoever they belong to. */
const widestIpv4 = 8;
const widestIpv6 = 16;

export const openRelayCheck = ({ relayNetworks, listeners, refused }: OpenRelayNeeds): Check => ({
  name: 'open-relay',
  async run(signal) {
    const wide = relayNetworks().filter(isWide).map(wideFinding);
    if (wide.length > 0) return found(wide);
    const trusted = new NetworkSet(relayNetworks());
    const findings: CheckFinding[] = [];
    const unchecked: string[] = [];
    for (const listener of openListeners(listeners()).filter(speaksSmtp)) {
      const target = strangersWay(listener, trusted);
      if (target === null) {
        // Only this machine can reach it, and all of this machine may relay.
        if (isExposed(listener)) unchecked.push(`${listener.address}:${listener.port}`);
        continue;
      }
      const [sender, recipient] = await probeSmtp(target, commands, signal);
      if (sender === undefined || sender.code >= 300 || recipient === undefined) continue;
      if (recipient.code < 300) findings.push(relayFinding(listener, target, recipient.text));
      else if (recipient.code >= 500) refused();
    }
    if (findings.length === 0 && unchecked.length > 0) {
      return couldNotCheck(
        `this machine has no address outside of relay_networks to try it from: ${unchecked.join(', ')}`,
      );
    }
    return found(findings);
  },
});

/** With TLS from the first byte the same policy stands behind it as behind the others. */
const speaksSmtp = ({ protocol, tls }: ListenerStatus): boolean => protocol === 'smtp' && tls !== 'implicit';

/** How one who may not relay can come to a listener; null when there is no such way from here. */
function strangersWay(listener: ListenerStatus, trusted: NetworkSet): ProbeTarget | null {
  const { address, port } = listener;
  const any = address === '0.0.0.0' || address === '::';
  const candidates = any ? ownAddresses() : [reachableAddress(listener)];
  const family = (one: string): boolean => address !== '0.0.0.0' || !one.includes(':');
  const from = candidates
    .filter(family)
    .toSorted((a, b) => Number(isLoopback(a)) - Number(isLoopback(b)))
    .find((one) => !trusted.has(one));
  return from === undefined ? null : { host: from, port, from };
}

function isWide(text: string): boolean {
  const network = parseNetwork(text);
  if (network === null || isLoopback(network.address) || /^10\./.test(network.address)) return false;
  // Unique local addresses are nobody else's (RFC 4193).
  if (/^f[cd]/i.test(network.address)) return false;
  return network.prefix <= (network.family === 'ipv4' ? widestIpv4 : widestIpv6);
}

const wideFinding = (network: string): CheckFinding => ({
  code: 'relay.open',
  severity: 'error',
  subject: network,
  evidence: 'relay_networks holds so large a network that strangers may send to anywhere',
  remedy: `Take ${network} out of relay_networks, then: mailctl server reload`,
});

const relayFinding = (listener: ListenerStatus, { from }: ProbeTarget, reply: string): CheckFinding => ({
  code: 'relay.open',
  severity: 'error',
  subject: `${listener.protocol} ${listener.address}:${listener.port}`,
  evidence: `From ${from}, without a login, mail from and to strangers was taken: ${reply.slice(0, 200)}`,
  remedy: 'Look at relay_networks and domains: mailctl config show',
});
