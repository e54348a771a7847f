/**
 * What an address comes to: an account, what an alias stands for (aliases may name aliases), the account before the
 * plus of `user+folder@`, postmaster, or the domain's catch-all; in this order.
 *
 * Each RCPT asks, so answers are remembered until something changes. Loops and explosions of aliases end here, not in
 * the queue: RFC 5321 3.9.
 */
import { LRUCache } from 'lru-cache';
import { type Address, formatAddress, parseAddress } from '../../shared/address.ts';
import { checkMailboxName } from '../../shared/mailbox-name.ts';
import type { Clock } from '../clock.ts';
import type { AccountStore } from './account-store.ts';
import type { AliasStore } from './alias-store.ts';
import type { LocalAccount, Resolution } from './directory-port.ts';
import { fold } from './local-address.ts';
import type { LocalDomains } from './local-domains.ts';

/** What one address may come to, and how many aliases deep. */
export const maxTargets = 1_000;
export const maxDepth = 10;
const maxRemembered = 20_000;
/** An address longer than any valid one is not worth remembering. */
const maxRememberedChars = 320;
/** How full an account with a quota is changes with every message. */
const quotaMs = 2_000;

export interface ResolverSettings {
  readonly plusAddressing: boolean;
  /** Gets mail to postmaster where there is no such account or alias (RFC 5321 4.5.1). */
  readonly postmaster: string | null;
}

export interface ResolverNeeds {
  readonly accounts: AccountStore;
  readonly aliases: AliasStore;
  readonly domains: LocalDomains;
  readonly clock: Clock;
}

/** What an expansion has gathered so far. */
interface Gathered {
  readonly accounts: Map<number, LocalAccount>;
  readonly elsewhere: Set<string>;
  readonly refusals: { temporary: boolean; reason: string }[];
  readonly seen: Set<string>;
  /** True: what came out depends on how full a mailbox is. */
  passing: boolean;
}

export class AddressResolver {
  readonly #needs: ResolverNeeds;
  readonly #remembered: LRUCache<string, Promise<Resolution>>;
  #settings: ResolverSettings;

  constructor(needs: ResolverNeeds, settings: ResolverSettings) {
    this.#needs = needs;
    this.#settings = settings;
    this.#remembered = new LRUCache({
      max: maxRemembered,
      ttlResolution: 0,
      perf: { now: () => needs.clock.monotonic() + 1 },
    });
  }

  configure(settings: ResolverSettings): void {
    this.#settings = settings;
    this.forget();
  }

  /** Something changed: nothing that was found out before holds. */
  forget(): void {
    this.#remembered.clear();
  }

  /** Rejects with what the store throws, and remembers nothing then. */
  resolve(text: string): Promise<Resolution> {
    const remembered = this.#remembered.get(text);
    if (remembered !== undefined) return remembered;
    const gathered = {
      accounts: new Map(),
      elsewhere: new Set<string>(),
      refusals: [],
      seen: new Set<string>(),
      passing: false,
    };
    const answer = this.#resolve(text, gathered);
    if (text.length > maxRememberedChars) return answer;
    this.#remembered.set(text, answer);
    answer.then(
      () => {
        if (gathered.passing && this.#remembered.peek(text) === answer) {
          this.#remembered.set(text, answer, { ttl: quotaMs });
        }
      },
      () => {
        if (this.#remembered.peek(text) === answer) this.#remembered.delete(text);
      },
    );
    return answer;
  }

  async #resolve(text: string, gathered: Gathered): Promise<Resolution> {
    const address = this.#parse(text);
    if (address === null) return { kind: 'unknown' };
    if (!this.#needs.domains.has(address.domain)) return { kind: 'foreign' };
    const complete = await this.#expand(address, gathered);
    if (!complete)
      return { kind: 'refused', temporary: false, reason: 'the alias stands for too many addresses' };
    const { accounts, elsewhere, refusals } = gathered;
    if (accounts.size > 0 || elsewhere.size > 0) {
      return { kind: 'known', accounts: [...accounts.values()], elsewhere: [...elsewhere] };
    }
    const refusal = refusals.find(({ temporary }) => temporary) ?? refusals[0];
    return refusal === undefined ? { kind: 'unknown' } : { kind: 'refused', ...refusal };
  }

  /** RFC 5321 2.3.5: `postmaster` alone is an address. */
  #parse(text: string): Address | null {
    if (text.toLowerCase() !== 'postmaster') return parseAddress(text);
    const [domain] = this.#needs.domains.names();
    return domain === undefined ? null : { localPart: 'postmaster', domain };
  }

  /** Breadth first. False when it comes to more than it may. */
  async #expand(first: Address, gathered: Gathered): Promise<boolean> {
    let level = [first];
    for (let depth = 0; level.length > 0; depth += 1) {
      if (depth > maxDepth || gathered.seen.size + level.length > 2 * maxTargets) return false;
      const next: Address[] = [];
      for (const address of level) {
        for (const target of await this.#step(address, gathered)) {
          const parsed = parseAddress(target);
          if (parsed !== null) next.push(parsed);
        }
        if (next.length > maxTargets) return false;
      }
      if (gathered.accounts.size + gathered.elsewhere.size > maxTargets) return false;
      level = next;
    }
    return true;
  }

  /** Gathers what the address is itself, and answers what it stands for. */
  async #step(address: Address, gathered: Gathered): Promise<readonly string[]> {
    const { domains } = this.#needs;
    if (!domains.has(address.domain)) {
      gathered.elsewhere.add(formatAddress(address));
      return [];
    }
    const local = { ...address, localPart: fold(address.localPart) };
    const folder = folderIn(address.localPart);
    const name = formatAddress(local);
    if (gathered.seen.has(name)) return [];
    gathered.seen.add(name);
    for (const candidate of this.#candidates(local)) {
      if (await this.#gatherAccount(candidate, candidate === name ? null : folder, gathered)) return [];
      const targets = await this.#needs.aliases.targets(candidate);
      if (targets.length > 0) return targets;
    }
    if (local.localPart === 'postmaster' && this.#settings.postmaster !== null)
      return [this.#settings.postmaster];
    const catchAll = domains.catchAll(local.domain);
    return catchAll === null ? [] : [catchAll];
  }

  /** The address itself, and the one before the plus. */
  #candidates(address: Address): string[] {
    const plus = address.localPart.indexOf('+');
    const whole = formatAddress(address);
    if (plus < 1 || !this.#settings.plusAddressing) return [whole];
    return [whole, formatAddress({ ...address, localPart: address.localPart.slice(0, plus) })];
  }

  async #gatherAccount(address: string, folder: string | null, gathered: Gathered): Promise<boolean> {
    const account = await this.#needs.accounts.find(address);
    if (account === undefined) return false;
    const { id, enabled, quotaBytes, bytes } = account;
    if (quotaBytes !== null) gathered.passing = true;
    if (!enabled) gathered.refusals.push({ temporary: false, reason: 'the account is disabled' });
    else if (quotaBytes !== null && bytes >= quotaBytes) {
      gathered.refusals.push({ temporary: true, reason: 'the mailbox is full' });
    } else if (folder === null) gathered.accounts.set(id, { accountId: id, address });
    // It gets a message once: into its INBOX when it is named without a folder, too.
    else if (!gathered.accounts.has(id)) gathered.accounts.set(id, { accountId: id, address, folder });
    return true;
  }
}

/** What stands after the plus, with its case; null when that is no name of a folder. */
function folderIn(localPart: string): string | null {
  const checked = checkMailboxName(localPart.slice(localPart.indexOf('+') + 1));
  return 'name' in checked ? checked.name : null;
}
