/**
 * Who is refused for now: client addresses and users, by an operator or because of guessed passwords.
 *
 * What holds is in memory and takes effect at once; the table is there for the next start. When it cannot be written
 * the block still holds, and the log says that a restart will forget it.
 */
import { isIP } from 'node:net';
import type { Block } from '../../shared/api/sessions.ts';
import { type Clock, isoTime, type Timer } from '../clock.ts';
import { errorText, MaildError } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { addressGroup, canonicalAddress } from '../net/address-group.ts';
import { parseNetwork } from '../net/network.ts';
import type { BlocksStore, StoredBlock } from './blocks-store.ts';

/** Guessers that change their address must not fill the memory: the block that ends first gives way. */
const maxBlocks = 100_000;
/** Blocks that have ended are forgotten this often; they are without effect before. */
const sweepMs = 60_000;

export interface NewBlock {
  readonly kind: 'address' | 'user';
  readonly value: string;
  readonly reason: string;
  readonly source: 'operator' | 'guessing';
  readonly forMs: number;
}

export class Blocks {
  readonly #store: BlocksStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #byKey = new Map<string, StoredBlock>();
  #lastId = 0;
  #sweeping: Timer | null = null;

  constructor(store: BlocksStore, clock: Clock, log: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Reads what is kept from before; what was added since holds. With a database that cannot be read it starts with
   * none, and can be called again.
   */
  async load(): Promise<void> {
    try {
      this.#lastId = Math.max(this.#lastId, await this.#store.lastId());
      for (const block of await this.#store.list()) {
        const name = key(block.kind, block.value);
        if (!this.#byKey.has(name)) this.#byKey.set(name, block);
      }
    } catch (error) {
      this.#log.warn('blocks could not be read', { error: errorText(error) });
    }
    this.#sweep();
  }

  close(): void {
    this.#sweeping?.cancel();
  }

  /** Why this peer or user is refused; null when it is not. */
  reason(remoteAddress: string, user: string | null): string | null {
    if (this.#byKey.size === 0) return null;
    const block =
      this.#current(key('address', canonicalAddress(remoteAddress))) ??
      (remoteAddress.includes(':')
        ? this.#current(key('address', addressGroup(remoteAddress)))
        : undefined) ??
      (user === null ? undefined : this.#current(key('user', user)));
    return block?.reason ?? null;
  }

  list(): Block[] {
    const now = this.#clock.now();
    return [...this.#byKey.values()]
      .filter((block) => block.until > now)
      .sort((a, b) => a.id - b.id)
      .map(view);
  }

  /**
   * Takes effect before it returns; resolves when it is kept for the next start. Takes the place of an earlier block
   * of the same address or user.
   * @throws MaildError `params.invalid` when the value is no address.
   */
  async add(block: NewBlock): Promise<Block> {
    const value = block.kind === 'address' ? addressValue(block.value) : block.value.toLowerCase();
    const now = this.#clock.now();
    this.#lastId += 1;
    const { kind, reason, source } = block;
    const added = { id: this.#lastId, kind, value, reason, source, createdAt: now, until: now + block.forMs };
    this.#makeRoom();
    this.#byKey.set(key(kind, value), added);
    this.#log.info('block added', { kind, value, reason, source, until: isoTime(added.until) });
    await this.#keep(() => this.#store.put(added));
    return view(added);
  }

  /** Lifts blocks by id. */
  async remove(ids: readonly number[]): Promise<{ removed: number; notFound: number[] }> {
    const wanted = new Set(ids);
    const found: number[] = [];
    for (const [name, block] of this.#byKey) {
      if (!wanted.has(block.id)) continue;
      this.#byKey.delete(name);
      wanted.delete(block.id);
      found.push(block.id);
      this.#log.info('block lifted', { kind: block.kind, value: block.value });
    }
    if (found.length > 0) await this.#keep(() => this.#store.remove(found));
    return { removed: found.length, notFound: [...wanted] };
  }

  #current(name: string): StoredBlock | undefined {
    const block = this.#byKey.get(name);
    return block !== undefined && block.until > this.#clock.now() ? block : undefined;
  }

  #makeRoom(): void {
    if (this.#byKey.size < maxBlocks) return;
    let first: [string, StoredBlock] | undefined;
    for (const entry of this.#byKey) {
      if (first === undefined || entry[1].until < first[1].until) first = entry;
    }
    if (first !== undefined) this.#byKey.delete(first[0]);
  }

  #sweep(): void {
    this.#sweeping?.cancel();
    const now = this.#clock.now();
    const over = [...this.#byKey].filter(([, block]) => block.until <= now);
    for (const [name] of over) this.#byKey.delete(name);
    if (over.length > 0) void this.#keep(() => this.#store.remove(over.map(([, block]) => block.id)));
    this.#sweeping = this.#clock.after(sweepMs, () => this.#sweep());
  }

  async #keep(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#log.warn('blocks could not be kept for the next start', { error: errorText(error) });
    }
  }
}

const key = (kind: 'address' | 'user', value: string): string => `${kind} ${value.toLowerCase()}`;

const view = ({ id, kind, value, reason, source, createdAt, until }: StoredBlock): Block => ({
  id,
  kind,
  value,
  reason,
  source,
  createdAt: isoTime(createdAt),
  until: isoTime(until),
});

/** An address, or the /64 of an IPv6 host. Larger networks belong to a firewall. */
function addressValue(text: string): string {
  const network = parseNetwork(text);
  if (network !== null && network.family === 'ipv6' && network.prefix === 64)
    return addressGroup(network.address);
  if (isIP(text) !== 0) return canonicalAddress(text);
  throw new MaildError(
    'params.invalid',
    `"${text}" is neither an IP address nor an IPv6 network of 64 bits`,
    {
      details: { path: 'value' },
    },
  );
}
