/** The theme that a component draws with, and the time that it draws for. */
import { createContext, useContext } from 'react';
import type { Measure } from '../../../shared/terminal-text.ts';
import type { View } from '../../columns/column.ts';
import { useServices } from '../services.ts';
import { type Theme, themeFor } from '../theme.ts';
import { useStore } from './use-store.ts';

export const ThemeContext = createContext<Theme>(themeFor({ colored: false, ascii: true }));

export function useLook(): { readonly theme: Theme; readonly measure: Measure } {
  return { theme: useContext(ThemeContext), measure: useServices().options.measure };
}

/** Of now; with the seconds, ages grow. */
export function useView(): View {
  const { seconds, now } = useServices();
  useStore(seconds);
  return { now: now(), kind: 'terminal' };
}
