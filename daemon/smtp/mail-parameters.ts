/**
 * The parameters of MAIL and RCPT, checked: SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), AUTH (RFC 4954),
 * RET, ENVID, NOTIFY, ORCPT (RFC 3461). Pure.
 */
import { type Reply, replies } from './replies.ts';

export interface MailParameters {
  /** 0 when the client did not say. */
  readonly sizeBytes: number;
  readonly bodyType: '7bit' | '8bitmime';
  readonly smtpUtf8: boolean;
  readonly returnContent: 'full' | 'headers' | null;
  readonly envelopeId: string | null;
}

export interface RecipientParameters {
  readonly notify: string | null;
  readonly originalRecipient: string | null;
}

type Given = ReadonlyMap<string, string | null> | undefined;

const noMailParameters: MailParameters = {
  sizeBytes: 0,
  bodyType: '7bit',
  smtpUtf8: false,
  returnContent: null,
  envelopeId: null,
};
const noRecipientParameters: RecipientParameters = { notify: null, originalRecipient: null };

/** RFC 3461 4.4 and 4.2. */
const MAX_ENVID = 100;
const MAX_ORCPT = 500;
const notifyValues = new Set(['SUCCESS', 'FAILURE', 'DELAY']);

export function checkMailParameters(given: Given): MailParameters | Reply {
  if (given === undefined) return noMailParameters;
  let { sizeBytes, bodyType, smtpUtf8, returnContent, envelopeId } = noMailParameters;
  for (const [name, value] of given) {
    switch (name) {
      case 'SIZE':
        if (value === null || !/^\d{1,20}$/.test(value)) return replies.badParameter;
        sizeBytes = Number(value);
        break;
      case 'BODY': {
        const body = value?.toLowerCase();
        if (body !== '7bit' && body !== '8bitmime') return replies.badParameter;
        bodyType = body;
        break;
      }
      case 'SMTPUTF8':
        if (value !== null) return replies.badParameter;
        smtpUtf8 = true;
        break;
      case 'RET': {
        const ret = value?.toUpperCase();
        if (ret !== 'FULL' && ret !== 'HDRS') return replies.badParameter;
        returnContent = ret === 'FULL' ? 'full' : 'headers';
        break;
      }
      case 'ENVID':
        envelopeId = decodeXtext(value, MAX_ENVID);
        if (envelopeId === null) return replies.badParameter;
        break;
      case 'AUTH':
        // RFC 4954 5: who first submitted the message. Checked, and trusted from nobody.
        if (decodeXtext(value, MAX_ORCPT) === null) return replies.badParameter;
        break;
      default:
        return replies.unknownParameter;
    }
  }
  return { sizeBytes, bodyType, smtpUtf8, returnContent, envelopeId };
}

export function checkRecipientParameters(given: Given): RecipientParameters | Reply {
  if (given === undefined) return noRecipientParameters;
  let { notify, originalRecipient } = noRecipientParameters;
  for (const [name, value] of given) {
    switch (name) {
      case 'NOTIFY':
        notify = checkNotify(value);
        if (notify === null) return replies.badParameter;
        break;
      case 'ORCPT':
        originalRecipient = decodeXtext(value, MAX_ORCPT);
        if (originalRecipient === null || !/^[a-z0-9-]+;./i.test(originalRecipient))
          return replies.badParameter;
        break;
      default:
        return replies.unknownParameter;
    }
  }
  return { notify, originalRecipient };
}

function checkNotify(value: string | null): string | null {
  const notify = value?.toUpperCase();
  if (notify === undefined) return null;
  if (notify === 'NEVER') return notify;
  return notify.split(',').every((word) => notifyValues.has(word)) ? notify : null;
}

/** RFC 3461 4: `+2B` stands for `+`. Null when it is none, or holds what would forge a line of a log or a header. */
function decodeXtext(value: string | null, maxLength: number): string | null {
  if (value === null || value.length > maxLength) return null;
  const text = value.replace(/\+([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return /[\x00-\x1f\x7f-\x9f]/.test(text) ? null : text;
}
