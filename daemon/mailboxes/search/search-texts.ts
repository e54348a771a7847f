/**
 * What SEARCH looks into of a message's header, ready to be compared: decoded (RFC 2047), folded, addresses written as
 * people write them. Made once, with the structure, and stored beside it.
 */
import { decodeHeaderText } from '../../intake/encoded-words.ts';
import { parseAddressList } from '../structure/address-list.ts';
import type { HeaderFields } from '../structure/header-fields.ts';
import type { AddressItem } from '../structure/message-structure.ts';
import { foldText } from './fold-text.ts';
import { sentDayOf } from './sent-day.ts';

export interface SearchTexts {
  /** Null: there is no such field. Of several fields with a line feed between them. */
  readonly subject: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly cc: string | null;
  readonly bcc: string | null;
  readonly messageId: string | null;
  /** `YYYY-MM-DD`, in the zone that the Date field names; null when it does not say. */
  readonly sentDay: string | null;
}

/** Characters of a field that can be found. */
const longestText = 128 * 1024;
const maxAddresses = 5_000;

export const noSearchTexts: SearchTexts = {
  subject: null,
  from: null,
  to: null,
  cc: null,
  bcc: null,
  messageId: null,
  sentDay: null,
};

export function searchTextsOf(fields: HeaderFields): SearchTexts {
  return {
    subject: joined(fields.all('subject'), (value) => readable(value).replace(/ +/g, ' ')),
    from: joined(fields.all('from'), readableAddresses),
    to: joined(fields.all('to'), readableAddresses),
    cc: joined(fields.all('cc'), readableAddresses),
    bcc: joined(fields.all('bcc'), readableAddresses),
    messageId: joined(fields.all('message-id'), readable),
    sentDay: sentDayOf(fields.last('date') ?? ''),
  };
}

function joined(values: readonly string[], text: (value: string) => string): string | null {
  return values.length === 0 ? null : values.map(text).join('\n').slice(0, longestText);
}

/** A header field as a person reads it. `value`: one character per byte, unfolded. */
export function readable(value: string): string {
  return foldText(decodeHeaderText(value.slice(0, longestText))).replaceAll('\n', ' ');
}

/** What stands in an address list beside the addresses (comments, line ends) is nothing to be found. */
function readableAddresses(value: string): string {
  let text = '';
  let separator = '';
  for (const item of parseAddressList(value.slice(0, longestText), maxAddresses)) {
    const begins = item.host === null && item.mailbox !== null;
    const ends = item.host === null && item.mailbox === null;
    text += ends ? ';' : separator + (begins ? `${item.mailbox}:` : written(item));
    separator = begins ? ' ' : ', ';
  }
  return readable(text);
}

/** With quotes around a name that is not one word. */
function written({ name, route, mailbox, host }: AddressItem): string {
  const address = `<${route === null ? '' : `${route}:`}${mailbox ?? ''}@${host ?? ''}>`;
  if (name === null || name === '') return address;
  return /^[\w!#$%&'*+\-/=?^`{|}~\x80-\xff]+$/.test(name) ? `${name} ${address}` : `"${name}" ${address}`;
}
