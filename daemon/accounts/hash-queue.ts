/**
 * Lets only a few password checks run at a time: each takes a core for 100 ms, and mail must go on meanwhile.
 *
 * Those who have failed before wait behind those who have not, and nobody may fill the queue alone, so that guessing
 * does not keep the owner of an account out.
 */
import { MaildError } from '../errors.ts';

/** Of the four threads that the database and the file system share with these. */
const maxRunning = 2;
const maxWaiting = 100;
const maxWaitingPerGroup = 10;

interface Waiting {
  readonly group: string;
  readonly start: () => void;
}

export class HashQueue {
  #running = 0;
  readonly #trusted: Waiting[] = [];
  readonly #suspected: Waiting[] = [];

  /**
   * @param group Who asks, for the limit per asker: an address or its network.
   * @throws MaildError `login.busy`, temporary, when too many wait already.
   */
  async run<T>(group: string, suspected: boolean, work: () => Promise<T>): Promise<T> {
    if (this.#running >= maxRunning) await this.#wait(group, suspected);
    else this.#running += 1;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #wait(group: string, suspected: boolean): Promise<void> {
    const all = [...this.#trusted, ...this.#suspected];
    const ofGroup = all.filter((waiting) => waiting.group === group).length;
    if (all.length >= maxWaiting || ofGroup >= maxWaitingPerGroup) {
      throw new MaildError('login.busy', 'too many logins at the same time', { temporary: true });
    }
    return new Promise((resolve) => {
      (suspected ? this.#suspected : this.#trusted).push({ group, start: resolve });
    });
  }

  /** The place of one that is done goes to the next without being free in between. */
  #next(): void {
    const next = this.#trusted.shift() ?? this.#suspected.shift();
    if (next === undefined) this.#running -= 1;
    else next.start();
  }
}
