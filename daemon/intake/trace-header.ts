/**
 * The Received header of a message (RFC 5321 4.4, RFC 3848, RFC 6531 3.7.3). Return-Path comes at local delivery.
 *
 * Nothing of the client gets in but its HELO name and address, cleaned: a header must not be forged with them. The user
 * who logged in is not named: whom to ask is in our log, under the same id.
 */
import { isIPv6 } from 'node:net';

export interface TraceFacts {
  readonly id: number;
  /** What the client said with HELO or EHLO. */
  readonly helo: string;
  readonly remoteAddress: string;
  readonly hostname: string;
  /** `ESMTPSA` and the like. */
  readonly protocol: string;
  /** `TLSv1.3 TLS_AES_256_GCM_SHA384`, or null. */
  readonly tls: string | null;
  /** The only recipient; null when there are more, which must not learn of each other. */
  readonly recipient: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export class TraceHeader {
  #second = -1;
  #date = '';

  /** The header, folded, with its line end. */
  format(facts: TraceFacts): Buffer {
    const literal = isIPv6(facts.remoteAddress) ? `IPv6:${facts.remoteAddress}` : facts.remoteAddress;
    const tls = facts.tls === null ? '' : `\r\n\t(using ${facts.tls})`;
    const recipient = facts.recipient === null ? '' : `\r\n\tfor <${facts.recipient}>`;
    return Buffer.from(
      `Received: from ${cleanHelo(facts.helo)} ([${literal}])\r\n\tby ${facts.hostname} with ${facts.protocol}` +
        ` id ${facts.id}${tls}${recipient};\r\n\t${this.#format(facts.at)}\r\n`,
    );
  }

  /** RFC 5322 3.3, made once a second. */
  #format(at: number): string {
    const second = Math.floor(at / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#date = new Date(at).toUTCString().replace('GMT', '+0000');
    }
    return this.#date;
  }
}

/** The word after `with` (RFC 3848, RFC 6531 3.7.3). */
export function transmissionProtocol(facts: {
  readonly extended: boolean;
  readonly tls: boolean;
  readonly authenticated: boolean;
  readonly smtpUtf8: boolean;
}): string {
  if (!facts.extended) return 'SMTP';
  return `${facts.smtpUtf8 ? 'UTF8SMTP' : 'ESMTP'}${facts.tls ? 'S' : ''}${facts.authenticated ? 'A' : ''}`;
}

const notInHostname = /[^A-Za-z0-9._:[\]-]/g;
const MAX_HELO_CHARACTERS = 255;

function cleanHelo(helo: string): string {
  const cleaned = helo.slice(0, MAX_HELO_CHARACTERS).replace(notInHostname, '?');
  return cleaned === '' ? '?' : cleaned;
}
