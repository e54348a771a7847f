/** Puts a table of keys in force for as long as the component is there. */
import { useLayoutEffect, useRef } from 'react';
import type { KeyLayer } from '../keys.ts';
import { useServices } from '../services.ts';

export function useKeys(layer: KeyLayer): void {
  const { keys } = useServices();
  const place = useRef(Symbol(layer.name)).current;
  useLayoutEffect(() => keys.set(place, layer));
  useLayoutEffect(() => () => keys.delete(place), [keys, place]);
}
