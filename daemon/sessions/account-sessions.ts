/** Ends what somebody has open here when the account is shut, given another password, or removed. */
import { isClientType } from './session-handle.ts';
import type { SessionKiller } from './session-killer.ts';
import type { SessionRegistry } from './session-registry.ts';

export class AccountSessions {
  readonly #registry: SessionRegistry;
  readonly #killer: SessionKiller;

  constructor(registry: SessionRegistry, killer: SessionKiller) {
    this.#registry = registry;
    this.#killer = killer;
  }

  /**
   * Answers how many there were. Sessions of ours with servers elsewhere are nobody's login here, whatever name they use.
   * @param user The account's address in its one form.
   */
  async end(user: string, reason: string): Promise<number> {
    const ids = this.#registry
      .select({})
      .filter((session) => session.user === user && !isClientType(session.type))
      .map(({ id }) => id);
    if (ids.length > 0) await this.#killer.kill({ filter: { ids }, reason });
    return ids.length;
  }
}
