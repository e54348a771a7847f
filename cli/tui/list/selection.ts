/** Rows that an action is meant for: some by their ids, or all that match the filter, however many that is. */

export type Selection =
  | { readonly kind: 'ids'; readonly ids: ReadonlySet<number> }
  /** Everything that the filter matches at the moment of the action. */
  | { readonly kind: 'matching' };

export const noSelection: Selection = { kind: 'ids', ids: new Set() };

export const isSelected = (selection: Selection, id: number): boolean =>
  selection.kind === 'matching' || selection.ids.has(id);

export function toggled(selection: Selection, id: number): Selection {
  // Out of "all that match" a single row cannot be taken: the reader begins anew with it.
  const ids = new Set(selection.kind === 'ids' ? selection.ids : []);
  if (!ids.delete(id)) ids.add(id);
  return { kind: 'ids', ids };
}

export const isEmpty = (selection: Selection): boolean =>
  selection.kind === 'ids' && selection.ids.size === 0;
