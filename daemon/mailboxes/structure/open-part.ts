/** A part of a message while it is being read: its header, then what it has in it, then the finished part. */
import { type ContentFields, contentFieldsOf, opaque, plainText } from './content-fields.ts';
import { emptyEnvelope, envelopeOf } from './envelope-of.ts';
import { type HeaderBudget, HeaderFields } from './header-fields.ts';
import type { Envelope, Part } from './message-structure.ts';

/** A place in the message, and the line feeds before it. */
export interface Place {
  readonly offset: number;
  readonly lines: number;
}

export interface PartPlace {
  readonly start: number;
  /** A message has an ENVELOPE, and is MIME only if it says so. */
  readonly isMessage: boolean;
  readonly inDigest: boolean;
}

export class OpenPart {
  readonly fields: HeaderFields;
  kind: Part['kind'] = 'single';
  /** What separates its parts, while that can come. */
  boundaries: readonly string[] = [];
  /** Of a message: its own. */
  envelope: Envelope = emptyEnvelope;
  readonly #place: PartPlace;
  readonly #budget: HeaderBudget;
  #content: ContentFields = plainText;
  #body: Place | null = null;
  #bodyEnd: Place = { offset: 0, lines: 0 };
  readonly #parts: Part[] = [];
  /** Of the message in it. */
  #within: Envelope = emptyEnvelope;

  constructor(place: PartPlace, budget: HeaderBudget) {
    this.#place = place;
    this.#budget = budget;
    this.fields = new HeaderFields(budget);
  }

  get inHeader(): boolean {
    return this.#body === null;
  }
  /** Infinity: still to come. */
  get bodyStart(): number {
    return this.#body?.offset ?? Number.POSITIVE_INFINITY;
  }
  get isDigest(): boolean {
    return this.#content.subtype.toLowerCase() === 'digest';
  }

  /** @param room Whether there may be parts in it. */
  endHeader(body: Place, room: boolean): void {
    const { fields } = this;
    const { isMessage, inDigest } = this.#place;
    fields.end();
    this.#body = body;
    if (isMessage) this.envelope = envelopeOf(fields, this.#budget);
    if (isMessage && !fields.has('mime-version') && !fields.has('content-type')) return;
    this.#content = contentFieldsOf(fields, inDigest);
    this.kind = kindOf(this.#content);
    if (this.kind === 'single') return;
    if (!room) {
      this.kind = 'single';
      this.#content = { ...this.#content, type: opaque.type, subtype: opaque.subtype };
    } else if (this.kind === 'multipart') this.boundaries = boundariesOf(this.#content);
    else this.#content = { ...this.#content, type: 'message', subtype: 'rfc822' };
  }

  end(bodyEnd: Place): void {
    const body = this.#body ?? bodyEnd;
    this.#bodyEnd = bodyEnd.offset > body.offset ? bodyEnd : body;
  }

  add(part: OpenPart): void {
    this.#parts.push(part.asPart());
    this.#within = part.envelope;
  }

  asPart(): Part {
    const body = this.#body ?? this.#bodyEnd;
    const base = {
      headerStart: this.#place.start,
      bodyStart: body.offset,
      bodyEnd: this.#bodyEnd.offset,
      lines: this.#bodyEnd.lines - body.lines,
      ...this.#content,
    };
    const [first = emptyPart(this.#bodyEnd)] = this.#parts;
    switch (this.kind) {
      case 'single':
        return { kind: 'single', ...base };
      case 'multipart':
        // RFC 2046 5.1: one part at least; RFC 3501 has no way to write none.
        return { kind: 'multipart', ...base, parts: this.#parts.length > 0 ? this.#parts : [first] };
      case 'message':
        return { kind: 'message', ...base, envelope: this.#within, content: first };
    }
  }
}

function kindOf({ type, subtype }: ContentFields): Part['kind'] {
  switch (type.toLowerCase()) {
    case 'multipart':
      return subtype === '' ? 'single' : 'multipart';
    case 'message':
      return subtype.toLowerCase() === 'rfc822' ? 'message' : 'single';
    default:
      return 'single';
  }
}

/** Space at its end is not part of it (RFC 2046 5.1.1), though some write it, there or here. */
function boundariesOf({ parameters }: ContentFields): readonly string[] {
  const found = parameters.find(([name]) => name.toLowerCase() === 'boundary');
  if (found === undefined) return [];
  const [, boundary] = found;
  return [...new Set([boundary, boundary.trimEnd()])];
}

const emptyPart = ({ offset }: Place): Part => ({
  kind: 'single',
  headerStart: offset,
  bodyStart: offset,
  bodyEnd: offset,
  lines: 0,
  ...plainText,
});
