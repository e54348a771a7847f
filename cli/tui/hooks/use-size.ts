/** How large the terminal is; draws anew when that changes. */
import { createContext, useContext } from 'react';
import type { Size } from '../terminal/screen.ts';

export const SizeContext = createContext<Size>({ columns: 80, rows: 24 });
export const useSize = (): Size => useContext(SizeContext);

/** Rows of the frame around every screen: two of the head with a rule below, the notice and the keys. */
const frameRows = 5;

export function useBody(): { readonly width: number; readonly height: number } {
  const { columns, rows } = useSize();
  return { width: columns, height: rows - frameRows };
}
