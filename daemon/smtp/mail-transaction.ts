/** One mail transaction (RFC 5321 3.3): the envelope as it grows from MAIL over RCPT to DATA. */
import type { IncomingMessage } from '../intake/intake-port.ts';
import type { Content, Envelope, EnvelopeRecipient, MessageSource } from '../queue/message.ts';
import type { LocalRecipient } from '../queue/queue-port.ts';
import type { MailParameters, RecipientParameters } from './mail-parameters.ts';
import type { AcceptedRecipient } from './recipient-policy.ts';

export class MailTransaction {
  readonly envelope: Envelope;
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number;
  /** RCPT commands refused for good. */
  refused = 0;
  /** What the client named, each once: one recipient named again is one delivery. */
  readonly #named = new Set<string>();
  readonly #local = new Map<number, LocalRecipient>();
  readonly #remote = new Map<string, EnvelopeRecipient>();

  constructor(from: string, parameters: MailParameters, startedAt: number) {
    this.envelope = {
      from,
      bodyType: parameters.bodyType,
      smtpUtf8: parameters.smtpUtf8,
      envelopeId: parameters.envelopeId,
      returnContent: parameters.returnContent,
    };
    this.startedAt = startedAt;
  }

  /** Recipients as the client counts them. */
  get recipientCount(): number {
    return this.#named.size;
  }

  /** The one that was named; null when there are more. */
  get onlyRecipient(): string | null {
    if (this.#named.size !== 1) return null;
    for (const address of this.#named) return address;
    return null;
  }

  has(address: string): boolean {
    return this.#named.has(address);
  }

  /** Addresses of our own mailboxes that get it, in lower case. */
  localAddresses(): string[] {
    return [...this.#local.values()].map((recipient) => recipient.address.toLowerCase());
  }

  add(address: string, to: AcceptedRecipient, parameters: RecipientParameters): void {
    this.#named.add(address);
    for (const { accountId, address: mailbox, folder } of to.accounts) {
      // Named without a folder, too: then it goes to the INBOX.
      const known = this.#local.get(accountId);
      const into = known !== undefined && known.folder == null ? null : (folder ?? null);
      this.#local.set(accountId, { accountId, ...recipient(mailbox, address, parameters), folder: into });
    }
    for (const elsewhere of to.elsewhere) {
      this.#remote.set(elsewhere, recipient(elsewhere, address, parameters));
    }
  }

  message(content: Content, source: MessageSource): IncomingMessage {
    return {
      envelope: this.envelope,
      content,
      source,
      remote: [...this.#remote.values()],
      local: [...this.#local.values()],
    };
  }
}

/** RFC 3461 5.2.7.3: behind an alias, the address that the sender knows stays in the report. */
function recipient(address: string, named: string, parameters: RecipientParameters): EnvelopeRecipient {
  const { notify, originalRecipient } = parameters;
  if (originalRecipient !== null || address === named) return { address, notify, originalRecipient };
  return { address, notify, originalRecipient: `rfc822;${named}` };
}
