/** An SMTP reply of a stranger, cut to size and taken apart (RFC 5321 4.2, RFC 2034). */

export interface Reply {
  /** Null when what came was no reply. */
  readonly code: number | null;
  readonly enhancedCode: string | null;
  /** The reply on one line, with its codes; at most {@link MAX_REPLY_CHARS}. */
  readonly text: string;
}

/** Kept for each attempt in the database and shown in reports: room for the longest explanations that help anybody. */
export const MAX_REPLY_CHARS = 1_000;

/** Several lines become one: what repeats on each of them (the codes) is left out after the first. */
export function parseReply(raw: string): Reply {
  const lines = raw.slice(0, 4 * MAX_REPLY_CHARS).split(/\r?\n/);
  const first = /^(\d{3})(?:[ -](?:([245]\.\d{1,3}\.\d{1,3})(?=\s|$))?|$)/.exec(lines[0] ?? '');
  const code = first?.[1] === undefined ? null : Number(first[1]);
  const enhancedCode = first?.[2] ?? null;
  const rest = lines.slice(1).map((line) => {
    const text = code === null ? line : line.replace(/^\d{3}[ -]?/, '');
    return enhancedCode !== null && text.startsWith(enhancedCode) ? text.slice(enhancedCode.length) : text;
  });
  const head = (lines[0] ?? '').replace(/^(\d{3})-/, '$1 ');
  const text = [head, ...rest].map((line) => line.trim()).filter((line) => line !== '');
  return { code, enhancedCode, text: text.join(' ').slice(0, MAX_REPLY_CHARS) };
}

export const isPositive = (reply: Reply): boolean =>
  reply.code !== null && reply.code >= 200 && reply.code < 300;
/** Only a clear 5yz is final: whatever cannot be understood may be better next time. */
export const isPermanent = (reply: Reply): boolean =>
  reply.code !== null && reply.code >= 500 && reply.code < 600;
