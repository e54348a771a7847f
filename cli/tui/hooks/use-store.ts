/** Draws a component anew when something it shows has changed. */
import { useSyncExternalStore } from 'react';
import type { Kept } from '../store/kept.ts';
import type { Observable } from '../store/observable.ts';

export function useStore<S extends Observable>(store: S): S {
  useSyncExternalStore(store.listen, store.currentVersion);
  return store;
}

export const useKept = <T>(kept: Kept<T>): T => useStore(kept).value;
