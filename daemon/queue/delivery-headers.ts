/**
 * Return-Path and Delivered-To: what final delivery puts in front of a message (RFC 5321 4.4). They differ from recipient to
 * recipient where the content is the same, so they are made when a message is read, and only counted when it is written.
 */

/** Null for what was not delivered but brought by a client. Addresses have no line ends in them: see shared/address.ts. */
export function deliveryHeaders(returnPath: string | null, deliveredTo: string | null): Buffer {
  if (returnPath === null || deliveredTo === null) return none;
  return Buffer.from(`Return-Path: <${returnPath}>\r\nDelivered-To: ${deliveredTo}\r\n`);
}

const none = Buffer.alloc(0);
const frameBytes = deliveryHeaders('', '').length;

/** SQL for the bytes of the message with these headers, given SQL for its parts. */
export const deliveredSize = (size: string, returnPath: string, deliveredTo: string): string =>
  `${size} + ${frameBytes} + octet_length(${returnPath}) + octet_length(${deliveredTo})`;
