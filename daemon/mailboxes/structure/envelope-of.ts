/**
 * ENVELOPE of a message from its header (RFC 3501 7.4.2): Sender and Reply-To default to From; addresses of fields that are
 * there several times are one list, of other fields the last one counts, as in Dovecot.
 */
import { parseAddressList } from './address-list.ts';
import type { HeaderBudget, HeaderFields } from './header-fields.ts';
import type { AddressItem, Envelope } from './message-structure.ts';

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

/** @param budget Addresses that may still be kept; what comes after them is not shown. */
export function envelopeOf(fields: HeaderFields, budget: HeaderBudget): Envelope {
  const addresses = (name: string, otherwise: readonly AddressItem[] = []) =>
    addressesOf(fields, name, budget) ?? otherwise;
  const from = addresses('from');
  return {
    date: text(fields, 'date'),
    subject: cleaned(text(fields, 'subject')),
    from,
    sender: addresses('sender', from),
    replyTo: addresses('reply-to', from),
    to: addresses('to'),
    cc: addresses('cc'),
    bcc: addresses('bcc'),
    inReplyTo: text(fields, 'in-reply-to'),
    messageId: text(fields, 'message-id'),
  };
}

const text = (fields: HeaderFields, name: string): string | null => fields.last(name);

/** It is shown to people: white space is a space. */
const cleaned = (text: string | null): string | null => text?.replace(/[ \t\r]+/g, ' ').trim() ?? null;

function addressesOf(fields: HeaderFields, name: string, budget: HeaderBudget): AddressItem[] | null {
  const found: AddressItem[] = [];
  for (const value of fields.all(name)) {
    for (const item of parseAddressList(value, budget.addresses - found.length)) found.push(item);
  }
  budget.addresses -= found.length;
  return found.length === 0 ? null : found;
}
