/**
 * Who gets a collected message: the collector's account, or those of us whom its headers name. Nothing that a header
 * says makes us send mail to somebody elsewhere; what an alias of ours stands for is the operator's word, though.
 */
import type { DirectoryPort, Resolution } from '../accounts/directory-port.ts';
import type { EnvelopeRecipient } from '../queue/message.ts';
import type { LocalRecipient } from '../queue/queue-port.ts';
import type { CollectedHeaders } from './collected-headers.ts';
import { CollectorFailure } from './collector-failure.ts';

export interface Recipients {
  readonly local: readonly LocalRecipient[];
  readonly remote: readonly EnvelopeRecipient[];
}

export interface RecipientSettings {
  readonly deliverTo: string;
  readonly byHeaders: boolean;
}

/** It cannot be taken for now, and stays where it is; others can. */
export class MessageLeft extends Error {}

type Known = Extract<Resolution, { readonly kind: 'known' }>;

/** Throws MessageLeft, CollectorFailure, and what the directory throws. */
export async function recipientsOf(
  headers: CollectedHeaders,
  settings: RecipientSettings,
  directory: Pick<DirectoryPort, 'isLocalDomain' | 'resolve'>,
): Promise<Recipients> {
  if (settings.byHeaders) {
    for (const named of [headers.deliveredTo, headers.addressedTo]) {
      const known = await knownOf(named, directory);
      if (known.length > 0) return gathered(known);
    }
  }
  return gathered([[settings.deliverTo, await account(settings.deliverTo, directory)]]);
}

/** Whether mail for the collector's own account can be taken. Throws as {@link recipientsOf}. */
export async function account(address: string, directory: Pick<DirectoryPort, 'resolve'>): Promise<Known> {
  const resolution = await directory.resolve(address);
  if (resolution.kind === 'known') return resolution;
  if (resolution.kind === 'refused') throw new MessageLeft(`${address}: ${resolution.reason}`);
  throw new CollectorFailure('collector.not_taken', `${address}, which gets the mail, is no address of ours`);
}

async function knownOf(
  addresses: readonly string[],
  directory: Pick<DirectoryPort, 'isLocalDomain' | 'resolve'>,
): Promise<[string, Known][]> {
  const known: [string, Known][] = [];
  for (const address of addresses) {
    if (!directory.isLocalDomain(address.slice(address.lastIndexOf('@') + 1))) continue;
    const resolution = await directory.resolve(address);
    if (resolution.kind === 'known') known.push([address, resolution]);
    // Delivered to the others alone, it would never come to this one.
    else if (resolution.kind === 'refused' && resolution.temporary) {
      throw new MessageLeft(`${address}: ${resolution.reason}`);
    }
  }
  return known;
}

/** Each once, however many of the addresses come to it. */
function gathered(known: readonly (readonly [string, Known])[]): Recipients {
  const local = new Map<number, LocalRecipient>();
  const remote = new Map<string, EnvelopeRecipient>();
  for (const [named, { accounts, elsewhere }] of known) {
    const asNamed = (address: string) => (address === named ? null : `rfc822;${named}`);
    for (const { accountId, address, folder = null } of accounts) {
      const known = local.get(accountId);
      local.set(accountId, {
        accountId,
        address,
        notify: null,
        originalRecipient: asNamed(address),
        folder: known !== undefined && known.folder == null ? null : folder,
      });
    }
    for (const address of elsewhere) {
      remote.set(address, { address, notify: null, originalRecipient: asNamed(address) });
    }
  }
  return { local: [...local.values()], remote: [...remote.values()] };
}
