/** Attempts at delivery as a listing, with the replies in full. */
import type { Attempt } from '../../shared/api/queue.ts';
import { type Column, nothing } from './column.ts';
import { oneLine } from './queue.ts';
import { timeCell } from './time.ts';

/** 2xx went well, 4xx is to be tried again, 5xx is final (RFC 5321 4.2.1). */
export function attemptTone({ code }: Attempt): 'good' | 'waiting' | 'bad' {
  if (code !== null && code >= 200 && code < 300) return 'good';
  return code !== null && code >= 500 ? 'bad' : 'waiting';
}

function placeText({ host, address }: Attempt): string {
  if (host === null) return address ?? nothing;
  return address === null || address === host ? host : `${host} [${address}]`;
}

/** The reply already begins with its codes when the remote side sent them. */
export function replyText({ code, enhancedCode, reply }: Attempt): string {
  const text = oneLine(reply);
  const codes = [code === null ? '' : String(code), enhancedCode ?? ''].filter((part) => part !== '');
  return [...codes.filter((part) => !text.includes(part)), text].join(' ');
}

export const attemptColumns: readonly Column<Attempt>[] = [
  { title: 'AT', cell: ({ at }, view) => timeCell(at, view) },
  { title: 'HOST', min: 16, wrap: true, cell: placeText },
  { title: 'TLS', rank: 1, cell: ({ tls }) => tls?.replace(/^TLSv/, '') ?? nothing },
  { title: 'TOOK', align: 'right', rank: 2, cell: ({ durationMs }) => `${(durationMs / 1_000).toFixed(1)}s` },
  { title: 'REPLY', min: 20, wrap: true, tone: attemptTone, cell: replyText },
];
