/** The housekeeper's tasks. The daemon tells of them in its status: when that changes they are asked for anew. */
import type { Task } from '../../../shared/api/housekeeper.ts';
import type { DaemonLink } from './daemon-link.ts';
import { Observable } from './observable.ts';
import type { StatusStore } from './status-store.ts';

export class TasksStore extends Observable {
  /** Null before the first answer. */
  tasks: readonly Task[] | null = null;
  #seen = '';
  #unlisten: (() => void) | null = null;
  readonly #link: DaemonLink;
  readonly #status: StatusStore;

  constructor(link: DaemonLink, status: StatusStore) {
    super();
    this.#link = link;
    this.#status = status;
  }

  start(): void {
    this.#unlisten ??= this.#status.listen(() => this.#look());
    void this.refresh();
  }

  stop(): void {
    this.#unlisten?.();
    this.#unlisten = null;
  }

  async refresh(): Promise<void> {
    try {
      this.tasks = (await this.#link.call('housekeeper.list', {})).tasks;
      this.changed();
    } catch {
      // The daemon is away: its next status asks again.
      this.#seen = '';
    }
  }

  #look(): void {
    const now = JSON.stringify(this.#status.status?.housekeeper ?? null);
    if (now === this.#seen) return;
    this.#seen = now;
    void this.refresh();
  }
}
