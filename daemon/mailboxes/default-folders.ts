/** The folders that an account begins with, as the configuration names them: with their uses (RFC 6154) and their levels. */
import { levelsAbove } from '../../shared/mailbox-name.ts';
import type { FolderUse } from '../config/config.ts';
import type { Folder } from './mailbox-store.ts';
import type { SpecialUse } from './mailboxes-port.ts';

const specialUses: Readonly<Record<FolderUse, SpecialUse>> = {
  drafts: '\\Drafts',
  sent: '\\Sent',
  junk: '\\Junk',
  trash: '\\Trash',
  archive: '\\Archive',
};

/** In an order in which they can be made; each name once. */
export function defaultFolders(names: Readonly<Partial<Record<FolderUse, string>>>): Folder[] {
  const folders = new Map<string, Folder>();
  for (const [use, name] of Object.entries(names) as [FolderUse, string][]) {
    for (const above of levelsAbove(name))
      if (!folders.has(above)) folders.set(above, { name: above, specialUse: null });
    const known = folders.get(name);
    folders.set(name, { name, specialUse: known?.specialUse ?? specialUses[use] });
  }
  return [...folders.values()];
}
