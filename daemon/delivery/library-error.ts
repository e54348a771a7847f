/** What nodemailer's errors mean to us: a refusal by reply, or a failure of the connection. */
import { errorText } from '../errors.ts';
import type { FailureCode } from './connection-failure.ts';

export type LibraryError = Error & {
  code?: string | undefined;
  response?: string | undefined;
  command?: string | undefined;
};

/** The reply by which the server refused the message or all of its recipients; null when the connection failed. */
export function refusal(error: LibraryError | null): string | null {
  const replied = error?.command === 'MAIL FROM' || error?.command === 'RCPT TO' || error?.command === 'DATA';
  return (replied && error?.response) || null;
}

export function failureCode(error: LibraryError): FailureCode {
  if (error.code === 'ESTREAM') return 'delivery.content';
  if (error.code === 'ETLS') return 'delivery.tls';
  return error.response === undefined ? 'delivery.lost' : 'delivery.refused';
}

/** The library puts the reply at the end of its message, at times twice; it is shown apart. */
export function plainText(error: LibraryError): string {
  const text = errorText(error);
  const at = error.response === undefined ? -1 : text.indexOf(error.response);
  return (at < 0 ? text : text.slice(0, at)).replace(/[\s.:]*(response=)?[\s.:]*$/, '');
}
