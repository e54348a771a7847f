/** What is known while one folder is fetched: which of its messages are here already, and which are to go from there. */
import type { CollectedMessage } from './collected-message.ts';
import type { CollectionPlan, Wanted } from './collection-plan.ts';
import type { CollectorFailure } from './collector-failure.ts';
import type { RemoteFolder, RemoteMessage } from './remote-mailbox.ts';
import type { SeenMessage } from './seen-store.ts';

/** A server without UIDs: its messages are known by what is in them. */
export const uidOf = ({ remote, digest }: CollectedMessage): string => remote.uid ?? `sha256:${digest}`;

export class Fetching {
  readonly folder: RemoteFolder;
  readonly remove: RemoteMessage[] = [];
  failure: CollectorFailure | null = null;
  readonly #wanted: ReadonlyMap<number, Wanted>;
  /** By digest: rows whose messages are not there under their UID any more. */
  readonly #vanished = new Map<string, SeenMessage[]>();
  /** UIDs and digests of what came in this poll. */
  readonly #came = new Set<string>();

  constructor(folder: RemoteFolder, plan: CollectionPlan) {
    this.folder = folder;
    this.#wanted = new Map(plan.fetch.map((one) => [one.message.number, one]));
    for (const row of plan.vanished) {
      this.#vanished.set(row.digest, [...(this.#vanished.get(row.digest) ?? []), row]);
    }
  }

  /** Its twin came before it in this poll: the same bytes, and no UID or the same. True from the second one on. */
  repeats(message: CollectedMessage): boolean {
    const key = `${uidOf(message)} ${message.digest}`;
    if (this.#came.has(key)) return true;
    this.#came.add(key);
    return false;
  }

  /** The message that it is, when it is here already. Each that vanished stands for one only. */
  same(message: CollectedMessage): SeenMessage | null {
    const { digest, remote } = message;
    const known = this.#wanted.get(remote.number)?.known.get(digest);
    if (known !== undefined) return known;
    return this.#vanished.get(digest)?.shift() ?? null;
  }

  markForRemoval(message: CollectedMessage): void {
    this.remove.push({ ...message.remote, uid: uidOf(message) });
  }
}
