/** Why a client is not served. What is said to it is up to its protocol. */
import type { Config } from '../config/config.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';

export type Refusal =
  /** An operator, or too many failed logins, keep the address or the user out. */
  | 'blocked'
  /** Too many sessions in all: the server's fault, so to say. */
  | 'server_full'
  /** Too many sessions from this address. */
  | 'address_full';

/** Judges a client whose own session is in the registry already. `trusted`: it is in `relay_networks`. */
export function judgeClient(
  registry: SessionRegistryPort,
  limits: Config['limits'],
  remoteAddress: string,
  trusted: boolean,
): Refusal | null {
  if (registry.blocked(remoteAddress, null) !== null) return 'blocked';
  const { total, fromAddress } = registry.connections(remoteAddress);
  if (total > limits.connections) return 'server_full';
  return !trusted && fromAddress > limits.connectionsPerAddress ? 'address_full' : null;
}
