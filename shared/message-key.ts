/**
 * What tells a message from others when mail is copied between servers: its Message-ID and its size, or, for one without
 * a Message-ID, a hash. Made in the same way by both ends, so that what is there already need not be sent.
 */

/** Longer ones are cut: a name, not a text. */
const maxIdChars = 500;

/** @param field Value of the last Message-ID field (RFC 5322 3.6.4), null when there is none. */
export function messageIdOf(field: string | null): string | null {
  if (field === null) return null;
  const [id = field] = /<[^<>]*>/.exec(field) ?? [];
  const bare = id.replace(/[\s\x00-\x1f\x7f-\uffff]+/g, '').slice(0, maxIdChars);
  return bare === '' || bare === '<>' ? null : bare;
}

export const messageKey = (messageId: string, sizeBytes: number): string => `${sizeBytes} ${messageId}`;
export const hashKey = (sha256: string, sizeBytes: number): string => `${sizeBytes} sha256:${sha256}`;
