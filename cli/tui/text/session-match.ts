/** Which of the live sessions a filter means, and their order; the daemon's own rules (`sessions.list`), applied here to what is live. */
import { BlockList, isIP } from 'node:net';
import type { Session } from '../../../shared/api/sessions.ts';
import { wildcard } from '../../../shared/wildcard.ts';
import type { SessionFilterOptions } from '../../commands/sessions.ts';
import type { sessionSorts } from '../../words.ts';

export type SessionSort = (typeof sessionSorts)[number];

export function sessionMatcher(filter: SessionFilterOptions): (session: Session) => boolean {
  const user = filter.user === undefined ? null : wildcard(filter.user);
  const network = filter.ip === undefined ? null : networkMatcher(filter.ip);
  return (session) =>
    (!filter.type || filter.type.includes(session.type)) &&
    (!user || (session.user !== null && user(session.user))) &&
    (!network || network(session.remoteAddress)) &&
    (filter.olderThan === undefined || session.activeSeconds >= filter.olderThan) &&
    (filter.idle === undefined || session.idleSeconds >= filter.idle);
}

function networkMatcher(text: string): (address: string) => boolean {
  const [address = '', bits] = text.split('/');
  const family = isIP(address);
  if (family === 0) return () => false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const length = bits === undefined ? (family === 6 ? 128 : 32) : Number(bits);
  if (!Number.isInteger(length) || length < 0 || length > (family === 6 ? 128 : 32)) return () => false;
  const list = new BlockList();
  list.addSubnet(address, length, type);
  return (other) => isIP(other) === family && list.check(other, type);
}

const keys: Readonly<Record<SessionSort, (session: Session) => number | string>> = {
  id: ({ id }) => id,
  type: ({ type }) => type,
  user: ({ user }) => user ?? '',
  ip: ({ remoteAddress }) => remoteAddress,
  active: ({ startedAt }) => -Date.parse(startedAt),
  idle: ({ idleSeconds }) => idleSeconds,
  in: ({ bytesIn }) => bytesIn,
  out: ({ bytesOut }) => bytesOut,
};

/** A new list. What is equal stands by id, so that rows do not change places for nothing. */
export function sortedSessions(
  sessions: readonly Session[],
  by: SessionSort,
  descending: boolean,
): readonly Session[] {
  const key = keys[by];
  const sign = descending ? -1 : 1;
  return sessions
    .map((session) => ({ session, key: key(session) }))
    .sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : a.session.id - b.session.id))
    .map(({ session }) => session);
}
