/**
 * Answers Minger queries, whichever way they came: who may ask, with which secret, and what is known of the mailbox.
 * draft-hathcock-minger-06.
 *
 * An answer is at most two bytes longer than its query, so that nobody can use us to flood a third party.
 */
import { normaliseAddress } from '../../shared/address.ts';
import type { DirectoryPort, Resolution } from '../accounts/directory-port.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { NetworkSet } from '../net/network.ts';
import { digestFits } from './digest.ts';
import { isQuery, type MingerQuery, parseQuery } from './minger-query.ts';
import { RateLimit } from './rate-limit.ts';

export const mingerStatus = {
  malformed: 0,
  denied: 1,
  credentials: 2,
  unknown: 3,
  /** It is there, and takes no mail. */
  inactive: 4,
  active: 5,
} as const;
export type MingerStatus = (typeof mingerStatus)[keyof typeof mingerStatus];

export interface MingerServiceNeeds {
  /** The configuration as it is now. */
  readonly config: () => Config;
  readonly directory: Pick<DirectoryPort, 'resolve'>;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface MingerAnswer {
  /** Without the end of the line. */
  readonly text: string;
  readonly status: MingerStatus;
}

/** What a guess counts for, of a mailbox or a secret: harvesting addresses takes as many times longer. */
const guessCost = 100;

export class MingerService {
  readonly #needs: MingerServiceNeeds;
  readonly #rate: RateLimit;
  #allowed: { readonly texts: readonly string[]; readonly set: NetworkSet };

  constructor(needs: MingerServiceNeeds) {
    this.#needs = needs;
    this.#rate = new RateLimit(() => needs.config().minger.rate, needs.clock);
    this.#allowed = networksOf(needs.config().minger.allow);
  }

  /**
   * Null: nothing is said. The source has asked too much, or what it wants to know cannot be found out now, and Minger
   * has no word for that; a client asks again.
   *
   * @param line Without its end.
   */
  async answer(line: Buffer, remoteAddress: string): Promise<MingerAnswer | null> {
    if (!this.#rate.take(remoteAddress)) return null;
    const query = parseQuery(line);
    if (!isQuery(query)) return { text: `${query.echo} 0`, status: mingerStatus.malformed };
    const status = await this.#status(query, remoteAddress);
    if (status === null) return null;
    const guess =
      status === mingerStatus.credentials || (query.digest === null && status === mingerStatus.unknown);
    if (guess) this.#rate.charge(remoteAddress, guessCost - 1);
    this.#needs.log.debug('query answered', { remoteAddress, mailbox: query.mailbox, status });
    return { text: `${query.mailbox} ${status}`, status };
  }

  async #status(query: MingerQuery, remoteAddress: string): Promise<MingerStatus | null> {
    if (!this.#mayAsk(remoteAddress)) return mingerStatus.denied;
    if (!this.#proven(query)) return mingerStatus.credentials;
    try {
      return statusOf(await this.#needs.directory.resolve(normaliseAddress(query.mailbox) ?? query.mailbox));
    } catch (error) {
      this.#needs.log.warn('query not answered', { remoteAddress, error: errorText(error) });
      return null;
    }
  }

  #mayAsk(remoteAddress: string): boolean {
    const { allow } = this.#needs.config().minger;
    if (allow !== this.#allowed.texts) this.#allowed = networksOf(allow);
    return this.#allowed.set.has(remoteAddress);
  }

  #proven({ mailbox, digest }: MingerQuery): boolean {
    const { anonymous, secrets } = this.#needs.config().minger;
    return digest === null ? anonymous : digestFits(secrets, mailbox, digest);
  }
}

function statusOf({ kind }: Resolution): MingerStatus {
  switch (kind) {
    case 'known':
      return mingerStatus.active;
    case 'refused':
      return mingerStatus.inactive;
    default:
      return mingerStatus.unknown;
  }
}

const networksOf = (texts: readonly string[]) => ({ texts, set: new NetworkSet(texts) });
