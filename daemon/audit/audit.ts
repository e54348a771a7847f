/**
 * The audit: keeps who was to change what through the API, and what came of it.
 *
 * An entry is written when its call has ended, beside the answer and not before it: a database that cannot be written must
 * not keep an operator from acting. The log has each call, too, when it begins.
 */
import type { AuditEntry, AuditFilter } from '../../shared/api/audit.ts';
import type { Clock } from '../clock.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import type { AuditRecord, AuditStore } from './audit-store.ts';

export interface AuditNeeds {
  readonly store: AuditStore;
  readonly keepMs: () => number;
  readonly clock: Clock;
  readonly log: Logger;
}

const defaultLimit = 100;

export class Audit {
  readonly #needs: AuditNeeds;

  constructor(needs: AuditNeeds) {
    this.#needs = needs;
  }

  record(entry: AuditRecord): void {
    const { store, log } = this.#needs;
    store.add(entry).catch((error: unknown) => {
      const { method, client, user, outcome } = entry;
      log.warn('audit could not be written', {
        method,
        client,
        ...(user !== null && { user }),
        outcome,
        error: errorText(error),
      });
    });
  }

  /** Newest first. `before`: only entries with lower ids. */
  list(filter: AuditFilter = {}, limit = defaultLimit, before?: number): Promise<readonly AuditEntry[]> {
    return this.#needs.store.list(filter, limit, before ?? null);
  }

  /** Takes away what is past its time; answers how many entries. */
  purge(): Promise<number> {
    const { store, keepMs, clock } = this.#needs;
    return store.removeBefore(clock.now() - keepMs());
  }
}
