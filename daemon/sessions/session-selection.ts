/** Which sessions a filter means, and in what order people want them. */
import { isIP } from 'node:net';
import type { SessionFilter } from '../../shared/api/sessions.ts';
import { wildcard } from '../../shared/wildcard.ts';
import { MaildError } from '../errors.ts';
import { NetworkSet, parseNetwork } from '../net/network.ts';
import type { SessionHandle } from './session-handle.ts';

export type SessionSort = 'id' | 'type' | 'user' | 'ip' | 'active' | 'idle' | 'in' | 'out';

/** Whether a filter has any condition: one without means nothing by itself. */
export const hasCondition = (filter: SessionFilter): boolean =>
  Object.values(filter).some((condition) => condition !== undefined);

/** @throws MaildError `params.invalid` when `ip` is neither an address nor a network. */
export function sessionPredicate(filter: SessionFilter): (session: SessionHandle) => boolean {
  const ids = filter.ids === undefined ? null : new Set(filter.ids);
  const types = filter.types === undefined ? null : new Set(filter.types);
  const user = filter.user === undefined ? null : wildcard(filter.user);
  const network = filter.ip === undefined ? null : networkOf(filter.ip);
  const { olderThanSeconds, idleSeconds } = filter;
  return (session) =>
    (ids === null || ids.has(session.id)) &&
    (types === null || types.has(session.type)) &&
    (user === null || (session.user !== null && user(session.user))) &&
    (network === null || network.has(session.remoteAddress)) &&
    (olderThanSeconds === undefined || session.activeSeconds >= olderThanSeconds) &&
    (idleSeconds === undefined || session.idleSeconds >= idleSeconds);
}

/** In place; sessions that are equal stay in the order of their ids. */
export function sortSessions(sessions: SessionHandle[], sort: SessionSort, descending: boolean): void {
  const compare = comparisons[sort];
  const sign = descending ? -1 : 1;
  sessions.sort((a, b) => sign * compare(a, b) || a.id - b.id);
}

type Comparison = (a: SessionHandle, b: SessionHandle) => number;

const byText = (a: string | null, b: string | null): number => {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
};

const comparisons: Readonly<Record<SessionSort, Comparison>> = {
  id: (a, b) => a.id - b.id,
  type: (a, b) => byText(a.type, b.type) || a.number - b.number,
  user: (a, b) => byText(a.user, b.user),
  ip: (a, b) => byText(addressKey(a.remoteAddress), addressKey(b.remoteAddress)),
  active: (a, b) => a.activeSeconds - b.activeSeconds,
  idle: (a, b) => a.idleSeconds - b.idleSeconds,
  in: (a, b) => a.bytes.bytesIn - b.bytes.bytesIn,
  out: (a, b) => a.bytes.bytesOut - b.bytes.bytesOut,
};

/** IPv4 by number, before IPv6. */
const addressKey = (address: string): string =>
  isIP(address) === 4
    ? `4${address
        .split('.')
        .map((part) => part.padStart(3, '0'))
        .join('')}`
    : `6${address}`;

function networkOf(text: string): NetworkSet {
  if (parseNetwork(text) === null) {
    throw new MaildError('params.invalid', `"${text}" is neither an IP address nor a network`, {
      details: { path: 'filter.ip' },
    });
  }
  return new NetworkSet([text]);
}
