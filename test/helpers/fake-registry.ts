/** A session registry with blocks that a test sets, and true counts of what is open. */
import { type FakeSession, FakeSessions } from './fake-sessions.ts';

export class FakeRegistry extends FakeSessions {
  readonly blockedAddresses = new Set<string>();
  readonly blockedUsers = new Set<string>();

  get last(): FakeSession {
    const session = this.all.at(-1);
    if (session === undefined) throw new Error('there was no session yet');
    return session;
  }

  override blocked(remoteAddress: string, user: string | null): string | null {
    const blocked = this.blockedAddresses.has(remoteAddress) || this.blockedUsers.has(user ?? '');
    return blocked ? 'blocked by the test' : null;
  }

  override connections(remoteAddress: string) {
    const { live } = this;
    return { total: live.length, fromAddress: live.filter((s) => s.remoteAddress === remoteAddress).length };
  }
}
