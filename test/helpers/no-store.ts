/** A database that cannot be reached: what does not depend on it must work all the same. */
import { MaildError } from '../../daemon/errors.ts';
import type { Reader, Writer } from '../../daemon/store/store-port.ts';

const fail = (): Promise<never> =>
  Promise.reject(new MaildError('store.unavailable', 'the database is not there', { temporary: true }));

export const noStore: Reader & Writer = { all: fail, get: fail, transaction: fail };
