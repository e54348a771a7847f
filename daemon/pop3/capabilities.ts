/** What CAPA tells. RFC 2449 6, RFC 2595 4, RFC 3206 3, RFC 5034 4, RFC 6856 2. */
import type { Config } from '../config/config.ts';
import type { ClientSocket } from '../listeners/client-socket.ts';
import { saslMechanisms } from '../listeners/sasl.ts';

/** @param loggedIn What is only of use for a login is not told any more, and the other way round. */
export function capabilities(client: ClientSocket, loggedIn: boolean, config: Config['pop3']): string[] {
  const told = ['TOP', 'UIDL', 'RESP-CODES', 'AUTH-RESP-CODE', 'PIPELINING', 'EXPIRE NEVER'];
  if (!loggedIn) {
    if (client.offersTls) told.push('STLS');
    // RFC 2449 6.3, RFC 5034 4: not where it would be refused.
    if (client.mayLogIn) told.push('USER', `SASL ${saslMechanisms.join(' ')}`);
  }
  // In whole seconds, and never less than what is asked for.
  if (config.loginDelayMs > 0) told.push(`LOGIN-DELAY ${Math.ceil(config.loginDelayMs / 1000)}`);
  told.push('UTF8', 'IMPLEMENTATION maild');
  return told;
}
