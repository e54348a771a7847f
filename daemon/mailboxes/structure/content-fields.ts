/**
 * What the Content-* fields of a part say of it (RFC 2045, 2046, 2183, 3282, 2557), for BODYSTRUCTURE.
 *
 * Of fields that are there twice the first one counts. What a field lacks is empty and what is broken is as good as it
 * can be told, as in Dovecot.
 */
import { parseParameters } from './content-parameters.ts';
import type { HeaderFields } from './header-fields.ts';
import { HeaderWords } from './header-words.ts';
import type { Parameters, Part } from './message-structure.ts';

const maxParameters = 200;
const maxLanguages = 50;

export type ContentFields = Pick<
  Part,
  | 'type'
  | 'subtype'
  | 'parameters'
  | 'id'
  | 'description'
  | 'encoding'
  | 'md5'
  | 'disposition'
  | 'language'
  | 'location'
>;

type Type = Pick<ContentFields, 'type' | 'subtype' | 'parameters'>;

/** RFC 2045 5.2: of a part that says nothing. */
export const plainText: ContentFields = {
  type: 'text',
  subtype: 'plain',
  parameters: [['charset', 'us-ascii']],
  id: null,
  description: null,
  encoding: '7bit',
  md5: null,
  disposition: null,
  language: [],
  location: null,
};

/** What is in a part that is not looked into. */
export const opaque = {
  type: 'application',
  subtype: 'octet-stream',
  parameters: [],
} as const satisfies Type;

/**
 * @param inDigest Parts of multipart/digest are messages unless they say otherwise (RFC 2046 5.1.5).
 */
export function contentFieldsOf(fields: HeaderFields, inDigest: boolean): ContentFields {
  const given = fields.first('content-type');
  const { type, subtype, parameters } =
    given === null ? (inDigest ? messageType : textType) : parseType(given);
  return {
    type,
    subtype,
    parameters,
    id: fields.first('content-id'),
    description: fields.first('content-description'),
    encoding: encodingOf(fields.all('content-transfer-encoding')),
    md5: fields.first('content-md5'),
    disposition: dispositionOf(fields.all('content-disposition')),
    language: parseLanguage(fields.first('content-language')),
    location: fields.first('content-location'),
  };
}

const textType: Type = plainText;
const messageType: Type = { type: 'message', subtype: 'rfc822', parameters: [] };

function parseType(value: string): Type {
  const words = new HeaderWords(value);
  const faulty: Type = { type: '', subtype: '', parameters: [] };
  if (!words.skipSpace()) return faulty;
  const type = words.token();
  if (type === null) return faulty;
  // `Content-Type: text` is from before MIME (RFC 1049), and often seen.
  const subtype = words.atEnd ? '' : words.take('/') ? words.token() : null;
  if (type.toLowerCase() === 'multipart' && subtype === '') return opaque;
  if (subtype === null || (!words.atEnd && !words.comes(';'))) return faulty;
  const given = parseParameters(words, maxParameters);
  return { type, subtype, parameters: type.toLowerCase() === 'text' ? withCharset(given) : given };
}

/** RFC 2046 4.1.2: text is US-ASCII unless it says otherwise. */
function withCharset(given: Parameters): Parameters {
  const says = given.some(([name]) => name.toLowerCase() === 'charset');
  return says ? given : [...given, ['charset', 'us-ascii']];
}

/** The first that is one word. */
function encodingOf(values: readonly string[]): string {
  for (const value of values) {
    const words = new HeaderWords(value);
    words.skipSpace();
    const encoding = words.token();
    if (encoding !== null && words.atEnd) return encoding;
  }
  return plainText.encoding;
}

/** The first that has parameters, or else the last. */
function dispositionOf(values: readonly string[]): ContentFields['disposition'] {
  let disposition: ContentFields['disposition'] = null;
  for (const value of values) {
    const words = new HeaderWords(value);
    words.skipSpace();
    const type = words.token() ?? '';
    disposition = { type, parameters: parseParameters(words, maxParameters) };
    if (disposition.parameters.length > 0) break;
  }
  return disposition;
}

/** RFC 3282: tags separated by commas. */
function parseLanguage(value: string | null): readonly string[] {
  if (value === null) return [];
  const words = new HeaderWords(value);
  const tags: string[] = [];
  words.skipSpace();
  while (tags.length < maxLanguages) {
    const tag = words.token();
    if (tag === null) break;
    tags.push(tag);
    if (!words.take(',')) break;
  }
  return tags;
}
