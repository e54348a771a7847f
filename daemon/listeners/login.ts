/** A login with a name and a password, as the directory, the blocks and the limits judge it; the words are the protocol's. */
import type { DirectoryPort } from '../accounts/directory-port.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';

export type Login =
  | { readonly ok: true; readonly accountId: number; readonly user: string }
  | { readonly ok: false; readonly reason: LoginRefusal };

export type LoginRefusal =
  /** Unknown user, wrong password, disabled account: nobody is told which. */
  | 'credentials'
  /** The address or the user is kept out, perhaps for a time. */
  | 'blocked'
  /** Too many passwords are being checked, try again later. */
  | 'busy';

export async function logIn(
  needs: { readonly directory: DirectoryPort; readonly registry: SessionRegistryPort },
  user: string,
  password: string,
  remoteAddress: string,
): Promise<Login> {
  if (needs.registry.blocked(remoteAddress, user) !== null) return { ok: false, reason: 'blocked' };
  const result = await needs.directory.login(user, password, remoteAddress);
  if (!result.ok) {
    const { reason } = result;
    return { ok: false, reason: reason === 'blocked' || reason === 'busy' ? reason : 'credentials' };
  }
  // The user may be blocked under a name other than the one typed in.
  if (needs.registry.blocked(remoteAddress, result.user) !== null) return { ok: false, reason: 'blocked' };
  return { ok: true, accountId: result.accountId, user: result.user };
}
