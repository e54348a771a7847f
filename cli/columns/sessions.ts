/** Sessions as a listing. */
import type { Session } from '../../shared/api/sessions.ts';
import { formatAge } from '../../shared/units.ts';
import { sessionTypeNames } from '../words.ts';
import { type Column, nothing } from './column.ts';

/** `SMTP Server (7)` */
export const sessionName = ({ type, number }: Pick<Session, 'type' | 'number'>): string =>
  `${sessionTypeNames[type]} (${number})`;

/** `192.0.2.5:41022`, `[2001:db8::5]:41022` */
export const remoteEnd = ({
  remoteAddress,
  remotePort,
}: Pick<Session, 'remoteAddress' | 'remotePort'>): string =>
  remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;

export const sessionColumns: readonly Column<Session>[] = [
  { title: 'ID', align: 'right', tone: () => 'accent', cell: ({ id }) => String(id) },
  { title: 'TYPE', cell: sessionName },
  { title: 'USER', min: 12, rank: 3, cell: ({ user }) => user ?? nothing },
  {
    title: 'REMOTE',
    min: 15,
    // On a terminal the port takes room and tells little.
    cell: (session, { kind }) => (kind === 'plain' ? remoteEnd(session) : session.remoteAddress),
  },
  { title: 'TLS', rank: 5, cell: ({ tls }) => tls?.replace(/^TLSv/, '') ?? nothing },
  {
    title: 'ACTIVE',
    align: 'right',
    cell: ({ activeSeconds }) => formatAge(activeSeconds * 1_000),
  },
  {
    title: 'IDLE',
    align: 'right',
    rank: 4,
    tone: ({ idleSeconds }) => (idleSeconds < 1 ? null : 'old'),
    cell: ({ idleSeconds }) => formatAge(idleSeconds * 1_000),
  },
  { title: 'STATE', rank: 6, cell: ({ state }) => state },
  {
    title: 'DETAIL',
    min: 16,
    tone: ({ detail }) => (detail === 'Waiting' || detail === 'IDLE' ? 'old' : null),
    cell: ({ detail, mailbox }) =>
      mailbox !== null && (detail === 'Waiting' || detail === 'IDLE') ? `${detail}, ${mailbox}` : detail,
  },
];
