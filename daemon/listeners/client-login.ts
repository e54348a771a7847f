/**
 * The login of a POP3 or IMAP4 client: judged as every login is, and by how many sessions the user has already; noted in
 * its session and in the log.
 */
import type { DirectoryPort } from '../accounts/directory-port.ts';
import type { Config } from '../config/config.ts';
import type { Logger } from '../log/logger.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import type { ClientSocket } from './client-socket.ts';
import { type LoginRefusal, logIn } from './login.ts';

export interface ClientLoginNeeds {
  readonly directory: DirectoryPort;
  readonly registry: SessionRegistryPort;
  readonly config: () => Pick<Config, 'limits'>;
  readonly log: Logger;
}

export type ClientLogin =
  | { readonly ok: true; readonly accountId: number; readonly user: string }
  /** `user_full`: the right password, but too many sessions of this user. */
  | { readonly ok: false; readonly reason: LoginRefusal | 'user_full' };

/** Rejects with what went wrong on our side: the client is to try again later. */
export async function logInClient(
  client: ClientSocket,
  needs: ClientLoginNeeds,
  user: string,
  password: string,
): Promise<ClientLogin> {
  const { registry, config, log } = needs;
  const login = await logIn(needs, user, password, client.remoteAddress);
  if (!login.ok) {
    log.info('login refused', { ...client.logFields, user, reason: login.reason });
    return login;
  }
  const { type } = client.session;
  if (!client.trusted && registry.sessionsOf(type, login.user) >= config().limits.connectionsPerUser) {
    log.info('login refused', { ...client.logFields, user: login.user, reason: 'user_full' });
    return { ok: false, reason: 'user_full' };
  }
  client.session.login(login.user);
  log.info('logged in', client.logFields);
  return login;
}
