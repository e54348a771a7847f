/** AUTH (RFC 4954): a login as the directory judges it, in the words of SMTP. */
import type { DirectoryPort } from '../accounts/directory-port.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import { type Reply, replies } from './replies.ts';

export interface LoggedIn {
  readonly accountId: number;
  readonly user: string;
}

export async function logIn(
  needs: { readonly directory: DirectoryPort; readonly registry: SessionRegistryPort },
  user: string,
  password: string,
  remoteAddress: string,
): Promise<LoggedIn | Reply> {
  if (needs.registry.blocked(remoteAddress, user) !== null) return replies.loginBlocked;
  const result = await needs.directory.login(user, password, remoteAddress);
  if (!result.ok) {
    switch (result.reason) {
      case 'blocked':
        return replies.loginBlocked;
      case 'busy':
        return replies.loginBusy;
      // The same words for an unknown user, a wrong password and a disabled account: none is told which.
      default:
        return replies.badCredentials;
    }
  }
  // The user may be blocked under a name other than the one typed in.
  if (needs.registry.blocked(remoteAddress, result.user) !== null) return replies.loginBlocked;
  return { accountId: result.accountId, user: result.user };
}
