/**
 * ENVELOPE, BODY and BODYSTRUCTURE as text (RFC 3501 7.4.2), from a structure that stands ready. It is Latin-1, as the
 * structure is: a character for each byte that the message has. Whatever a message holds goes through `byteString`: nothing
 * in it can end a line or a string.
 */
import type { AddressItem, Envelope, Parameters, Part } from '../../mailboxes/structure/message-structure.ts';
import { utf8Of } from '../parse/tokens.ts';

/** @param utf8 Quoted strings may be UTF-8 (RFC 6855 3). */
export function envelopeText(envelope: Envelope, utf8: boolean): string {
  const texts = (values: readonly (string | null)[]): string =>
    values.map((value) => byteStringOrNil(value, utf8)).join(' ');
  const address = ({ name, route, mailbox, host }: AddressItem): string =>
    `(${texts([name, route, mailbox, host])})`;
  const addresses = (list: readonly AddressItem[]): string =>
    list.length === 0 ? 'NIL' : `(${list.map(address).join('')})`;
  const { date, subject, from, sender, replyTo, to, cc, bcc, inReplyTo, messageId } = envelope;
  const people = [from, sender, replyTo, to, cc, bcc].map(addresses).join(' ');
  return `(${texts([date, subject])} ${people} ${texts([inReplyTo, messageId])})`;
}

/** @param extended BODYSTRUCTURE: with the extension data that BODY leaves out. */
export function structureText(part: Part, extended: boolean, utf8: boolean): string {
  if (part.kind === 'multipart') {
    const parts = part.parts.map((child) => structureText(child, extended, utf8)).join('');
    const parameters = extended ? ` ${parametersText(part.parameters, utf8)}` : '';
    return `(${parts} ${byteString(part.subtype, utf8)}${parameters}${extended ? extension(part, utf8) : ''})`;
  }
  const fields = [
    byteString(part.type, utf8),
    byteString(part.subtype, utf8),
    parametersText(part.parameters, utf8),
    byteStringOrNil(part.id, utf8),
    byteStringOrNil(part.description, utf8),
    byteString(part.encoding, utf8),
    `${part.bodyEnd - part.bodyStart}`,
  ];
  if (part.kind === 'message') {
    fields.push(envelopeText(part.envelope, utf8), structureText(part.content, extended, utf8));
  }
  if (part.kind === 'message' || part.type.toLowerCase() === 'text') fields.push(`${part.lines}`);
  const more = extended ? ` ${byteStringOrNil(part.md5, utf8)}${extension(part, utf8)}` : '';
  return `(${fields.join(' ')}${more})`;
}

/** Disposition, languages and location, which all parts can have. */
function extension({ disposition, language, location }: Part, utf8: boolean): string {
  const shown =
    disposition === null
      ? 'NIL'
      : `(${byteString(disposition.type, utf8)} ${parametersText(disposition.parameters, utf8)})`;
  // One language may be a string; a list is what programs meet with elsewhere.
  const languages =
    language.length === 0 ? 'NIL' : `(${language.map((tag) => byteString(tag, utf8)).join(' ')})`;
  return ` ${shown} ${languages} ${byteStringOrNil(location, utf8)}`;
}

function parametersText(parameters: Parameters, utf8: boolean): string {
  if (parameters.length === 0) return 'NIL';
  return `(${parameters.map(([name, value]) => `${byteString(name, utf8)} ${byteString(value, utf8)}`).join(' ')})`;
}

/** A quoted string, or a literal where that cannot be: line ends, or more than ASCII without UTF8=ACCEPT. */
function byteString(bytes: string, utf8: boolean): string {
  if (plain.test(bytes)) return `"${bytes}"`;
  if (!/[^\x20-\x7e]/.test(bytes) || (!/[\r\n\0]/.test(bytes) && isQuotable(bytes, utf8))) {
    return `"${bytes.replace(/["\\]/g, '\\$&')}"`;
  }
  return `{${bytes.length}}\r\n${bytes.replaceAll('\0', '\x80')}`;
}

/** Nearly all: nothing in it that a quoted string has to escape or cannot have. */
const plain = /^[ !#-[\]-~]*$/;

const isQuotable = (bytes: string, utf8: boolean): boolean =>
  utf8 ? utf8Of(bytes) !== null : !/[\x80-\xff]/.test(bytes);

const byteStringOrNil = (bytes: string | null, utf8: boolean): string =>
  bytes === null ? 'NIL' : byteString(bytes, utf8);
