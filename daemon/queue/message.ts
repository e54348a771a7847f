/** A message on its way: the shapes that intake writes and delivery reads. */

/** What a client said with MAIL FROM. */
export interface Envelope {
  /** Empty: the null reverse-path of a bounce. */
  readonly from: string;
  readonly bodyType: '7bit' | '8bitmime';
  readonly smtpUtf8: boolean;
  /** DSN parameters (RFC 3461), kept for the next hop and for our own reports. */
  readonly envelopeId: string | null;
  readonly returnContent: 'full' | 'headers' | null;
}

/** What a client said with RCPT TO, or what an alias made of it. */
export interface EnvelopeRecipient {
  readonly address: string;
  /** `NEVER`, or a comma list of `SUCCESS`, `FAILURE`, `DELAY`; null when the client said nothing. */
  readonly notify: string | null;
  /** ORCPT as given, `rfc822;user@example.org`. */
  readonly originalRecipient: string | null;
}

/** Where a message came from. */
export interface MessageSource {
  readonly sessionId: number | null;
  readonly remoteAddress: string | null;
  readonly user: string | null;
}

/** A message as it was received: synced to disk when in a file, in memory when small. */
export interface Content {
  readonly sizeBytes: number;
  /** Whole message when small (`smtp.inline_size`), otherwise null. */
  readonly inline: Buffer | null;
  /** File below the state directory, relative to it, when large; synced, together with its directory. */
  readonly file: string | null;
  /** The decoded Subject, cut at 200 characters. */
  readonly subject: string | null;
  /** Message-ID with its angle brackets. */
  readonly messageId: string | null;
}

/** Work for one delivery: all recipients of a message in one domain that are due. */
export interface DeliveryJob {
  readonly messageId: number;
  readonly domain: string;
  readonly envelope: Envelope;
  readonly recipients: readonly JobRecipient[];
  readonly sizeBytes: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly source: MessageSource;
  /** The content, when it is small enough to come along: a trip to the database less for each delivery. */
  readonly inline?: Buffer | null;
}

export interface JobRecipient extends EnvelopeRecipient {
  /** Position in the message's recipients: with the message's id this names the delivery. */
  readonly n: number;
  /** Attempts made before this one. */
  readonly attempts: number;
  readonly delayNotified: boolean;
}

/** What became of one recipient in one attempt. */
export interface RecipientResult {
  readonly n: number;
  readonly outcome: 'delivered' | 'deferred' | 'failed';
  /** Name of the host that answered, or that was tried last; null when none was known. */
  readonly host: string | null;
  readonly address: string | null;
  readonly durationMs: number;
  readonly code: number | null;
  readonly enhancedCode: string | null;
  /** The reply as it came, or our own words when there was none. */
  readonly reply: string;
  readonly tls: string | null;
  /** For `deferred`: when it is due again. */
  readonly nextAttemptAt: number | null;
  /** For `deferred`: a notice of delay goes out with this outcome. */
  readonly delayNotified: boolean;
}
