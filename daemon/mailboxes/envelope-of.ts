/**
 * ENVELOPE of a message from its header (RFC 3501 7.4.2): Sender and Reply-To default to From; addresses of fields that are
 * there several times are one list, of other fields the last one counts, as in Dovecot.
 */
import { parseAddressList } from './address-list.ts';
import type { HeaderFields } from './header-fields.ts';
import type { AddressItem, Envelope } from './message-structure.ts';

/** Addresses in one list; what comes after is not shown. */
const maxAddresses = 25_000;

export const emptyEnvelope: Envelope = {
  date: null,
  subject: null,
  from: [],
  sender: [],
  replyTo: [],
  to: [],
  cc: [],
  bcc: [],
  inReplyTo: null,
  messageId: null,
};

export function envelopeOf(fields: HeaderFields): Envelope {
  const from = addresses(fields, 'from');
  return {
    date: text(fields, 'date'),
    subject: cleaned(text(fields, 'subject')),
    from,
    sender: addresses(fields, 'sender', from),
    replyTo: addresses(fields, 'reply-to', from),
    to: addresses(fields, 'to'),
    cc: addresses(fields, 'cc'),
    bcc: addresses(fields, 'bcc'),
    inReplyTo: text(fields, 'in-reply-to'),
    messageId: text(fields, 'message-id'),
  };
}

const text = (fields: HeaderFields, name: string): string | null => fields.last(name);

/** It is shown to people: white space is a space. */
const cleaned = (text: string | null): string | null => text?.replace(/[ \t\r]+/g, ' ').trim() ?? null;

function addresses(
  fields: HeaderFields,
  name: string,
  otherwise: readonly AddressItem[] = [],
): readonly AddressItem[] {
  const found: AddressItem[] = [];
  for (const value of fields.all(name)) {
    for (const item of parseAddressList(value, maxAddresses - found.length)) found.push(item);
  }
  return found.length === 0 ? otherwise : found;
}
