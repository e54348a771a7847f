/** What is the same in replies that differ only in ids, addresses and numbers: the key that a summary groups by. */

const maxReasonLength = 200;

/**
 * `451 4.7.1 <ann@example.net>: greylisted, 287 s (q7Kd2X)` becomes `451 4.7.1 <address>: greylisted, # s (id)`.
 * The reply code and the enhanced code stay.
 */
export function reasonOf(reply: string): string {
  const [, codes = '', text = ''] =
    /^(\d{3}(?=[ -]|$)(?:[ -]\d\.\d{1,3}\.\d{1,3})?)?([\s\S]*)$/.exec(reply.slice(0, 1_000)) ?? [];
  const cleaned = text
    .replace(/https?:\/\/\S+/g, 'link')
    .replace(/\b\d{1,2}:\d{2}(?::\d{2})?\b/g, '#')
    .replace(/\[[0-9a-f.]*:[0-9a-f:.]*\](?::\d+)?/gi, 'ip')
    .replace(/<?[^\s<>()@:,;"']{1,128}@[^\s<>()@:,;"']{1,255}>?/g, 'address')
    .replace(/\[?\b\d{1,3}(?:\.\d{1,3}){3}\b\]?(?::\d+)?/g, 'ip')
    .replace(/\[?\b(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}\b\]?/gi, 'ip')
    .replace(/\b(?=[\w.-]*\d)(?=[\w.-]*[A-Za-z])[\w.-]{6,}\b/g, 'id')
    .replace(/\d+/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
  return `${codes} ${cleaned}`.trim().slice(0, maxReasonLength);
}
