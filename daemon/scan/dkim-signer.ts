/**
 * Signs what our accounts send, with the key of the author's domain (RFC 6376), by mailauth, which is loaded with the first
 * message that is to be signed.
 *
 * A message that cannot be signed goes unsigned: that may cost it its good name, and not sending it costs more.
 */
import { Readable } from 'node:stream';
import { normaliseDomain } from '../../shared/address.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { boundedMessage } from './bounded-message.ts';
import type { DkimKey, DkimKeys } from './dkim-keys.ts';
import { fieldValue, type MessageHead, readMessageHead } from './message-head.ts';
import type { ScanContent } from './scanner.ts';

/** RFC 6376 5.4.1, and what mailing lists and replies hang on. Trace and status headers change on the way, and are not in it. */
const signedHeaders = [
  'From',
  'Sender',
  'Reply-To',
  'Subject',
  'Date',
  'Message-ID',
  'To',
  'Cc',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
  'In-Reply-To',
  'References',
  'List-Id',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
];

export class DkimSigner {
  readonly #keys: DkimKeys;
  readonly #log: Logger;

  constructor(keys: DkimKeys, log: Logger) {
    this.#keys = keys;
    this.#log = log;
  }

  /** There is a key, so that a message may have to be signed. */
  get ready(): boolean {
    return this.#keys.any;
  }

  /** The DKIM-Signature header with its line end; null when there is nothing to sign with. Does not reject. */
  async sign(content: ScanContent, queueId: number): Promise<string | null> {
    try {
      const head = await readMessageHead(content);
      const key = head === null ? undefined : this.#keyFor(head);
      if (head === null || key === undefined) return null;
      const signer = { signingDomain: key.domain, selector: key.selector, privateKey: key.privateKey };
      const { dkimSign } = await import('mailauth');
      const { signatures, errors } = await dkimSign(
        Readable.from(boundedMessage(content, head), { objectMode: false }),
        {
          ...signer,
          canonicalization: 'relaxed/relaxed',
          algorithm: 'rsa-sha256',
          headerList: [...signedHeaders],
          signatureData: [signer],
        },
      );
      const [failure] = errors;
      if (failure !== undefined) throw failure;
      return signatures;
    } catch (error) {
      this.#log.error('message could not be signed', { queueId, error: errorText(error) });
      return null;
    }
  }

  #keyFor(head: MessageHead): DkimKey | undefined {
    const [from, ...more] = head.fields.filter(({ name }) => name === 'from');
    // RFC 5322 3.6: one From. Which of several would be believed is not ours to guess.
    if (from === undefined || more.length > 0) return undefined;
    const value = Buffer.from(fieldValue(from), 'latin1').toString('utf8');
    const address = /<([^<>]*)>[^<>]*$/.exec(value)?.[1] ?? value;
    const domain = normaliseDomain(address.slice(address.lastIndexOf('@') + 1).trim());
    return domain === null ? undefined : this.#keys.of(domain);
  }
}
