/** What operators do with DKIM keys: one for a domain of ours, made when it is asked for first. */
import type { Result } from '../../shared/api/index.ts';
import { MaildError } from '../errors.ts';
import type { DkimKeys } from './dkim-keys.ts';

export class DkimAdmin {
  readonly #keys: DkimKeys;
  readonly #ownName: (text: string) => string | null;

  /** `ownName`: a domain of ours in its one form; null for others. */
  constructor(keys: DkimKeys, ownName: (text: string) => string | null) {
    this.#keys = keys;
    this.#ownName = ownName;
  }

  /** Throws MaildError `domain.not_found`, `params.invalid`. */
  async use(name: string, selector: string | undefined): Promise<Result<'domains.dkim'>> {
    const domain = this.#ownName(name);
    if (domain === null) throw new MaildError('domain.not_found', `${name} is not a domain of ours`);
    const { key, record, created } = await this.#keys.use(domain, selector);
    return { domain, selector: key.selector, created, record };
  }
}
