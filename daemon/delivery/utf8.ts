/** Which mail needs a server with SMTPUTF8 (RFC 6531 3.4), whatever its client declared. */
import type { Envelope } from '../queue/message.ts';

/** A header longer than this is not read to its end; what it may need is then taken as needed. */
const MAX_HEADER_BYTES = 64 * 1024;

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

/** Tells for each recipient's address whether mail to it needs SMTPUTF8. */
export function needsUtf8(
  envelope: Envelope,
  content: { readonly inline: Buffer | null } | null,
): (address: string) => boolean {
  const always = !isAscii(envelope.from) || (envelope.smtpUtf8 && hasUtf8Header(content?.inline ?? null));
  return (address) => always || !isAscii(address);
}

function hasUtf8Header(content: Buffer | null): boolean {
  if (content === null) return true;
  const end = content.indexOf('\r\n\r\n');
  const header = content.subarray(0, end < 0 ? MAX_HEADER_BYTES : Math.min(end, MAX_HEADER_BYTES));
  return header.some((byte) => byte >= 0x80);
}
