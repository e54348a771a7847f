/** What is known of the messages on a server elsewhere: which are here, and which have gone from there. */
import type { Reader, Writer } from '../store/store-port.ts';

export interface SeenMessage {
  readonly validity: string;
  readonly uid: string;
  readonly digest: string;
  readonly sizeBytes: number | null;
  readonly outcome: 'taken' | 'refused';
  /** When it was taken, in ms since 1970. */
  readonly at: number;
  readonly removedAt: number | null;
  readonly goneAt: number | null;
}

/** What was gone for so long does not come back: its row is dropped. */
export const FORGET_AFTER_MS = 30 * 86_400_000;
/** Rows changed by one statement: short enough for the writer, which mail waits for. */
const STEP = 500;

export class SeenStore {
  readonly #store: Reader & Writer;

  constructor(store: Reader & Writer) {
    this.#store = store;
  }

  /** All that is known of a folder, in no order. */
  read(collectorId: number, folder: string): Promise<SeenMessage[]> {
    return this.#store.all<SeenMessage>(
      `SELECT validity, uid, digest, size AS sizeBytes, outcome, at, removed_at AS removedAt, gone_at AS goneAt
         FROM collected_messages WHERE collector_id = ?1 AND folder = ?2`,
      [collectorId, folder],
    );
  }

  /** The server confirmed that it deleted these. */
  async noteRemoved(
    collectorId: number,
    folder: string,
    validity: string,
    uids: readonly string[],
    at: number,
  ): Promise<void> {
    await this.#steps(
      uids,
      `UPDATE collected_messages SET removed_at = ?1
        WHERE collector_id = ?2 AND folder = ?3 AND validity = ?4 AND uid IN (SELECT value FROM json_each(?5))`,
      [at, collectorId, folder, validity],
    );
  }

  /**
   * Keeps the rows of a folder in step with what its server listed. `gone`: not there any more; `back`: there again;
   * `forgotten`: of no use any more. By validity and UID.
   */
  async keepUp(
    collectorId: number,
    folder: string,
    change: {
      readonly gone: readonly SeenMessage[];
      readonly back: readonly SeenMessage[];
      readonly forgotten: readonly SeenMessage[];
    },
    at: number,
  ): Promise<void> {
    const which = `collector_id = ?1 AND folder = ?2
      AND (validity, uid) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?4))`;
    const keys = (rows: readonly SeenMessage[]) => rows.map(({ validity, uid }) => [validity, uid]);
    const scope = [collectorId, folder];
    await this.#steps(keys(change.gone), `UPDATE collected_messages SET gone_at = ?3 WHERE ${which}`, [
      ...scope,
      at,
    ]);
    await this.#steps(
      keys(change.back),
      `UPDATE collected_messages SET gone_at = NULL WHERE ?3 > 0 AND ${which}`,
      [...scope, at],
    );
    await this.#steps(keys(change.forgotten), `DELETE FROM collected_messages WHERE ?3 > 0 AND ${which}`, [
      ...scope,
      at,
    ]);
  }

  /** `sql` takes the keys as JSON in its last parameter. */
  async #steps(
    keys: readonly unknown[],
    sql: string,
    parameters: readonly (string | number)[],
  ): Promise<void> {
    for (let i = 0; i < keys.length; i += STEP) {
      const some = JSON.stringify(keys.slice(i, i + STEP));
      await this.#store.transaction((tx) => tx.run(sql, [...parameters, some]));
    }
  }
}
