/**
 * Keys and what they do. A view has one table: it handles the keys, fills the footer and is what `?` lists, so that
 * none of the three can say something else. Tables lie on one another: a dialog above a screen, that above the program.
 */
import type { Key } from './terminal/key-parser.ts';

export interface Binding {
  /** Names as key-parser.ts gives them; the first is the one to show. */
  readonly keys: readonly string[];
  /** For `?`: what it does. */
  readonly does: string;
  /** For the footer: the same in a word or two; without it the key stands in `?` only. */
  readonly hint?: string;
  /** Why it cannot be done at this moment; null when it can. */
  readonly disabled?: string | null;
  readonly run: (key: Key) => void;
}

/** What lies on what. */
export const layers = { program: 0, screen: 1, overlay: 2, prompt: 3 } as const;
export type LayerName = keyof typeof layers;

export interface KeyLayer {
  readonly name: LayerName;
  readonly bindings: readonly Binding[];
  /** Keys that are in no table of this layer go no deeper. */
  readonly modal: boolean;
  /** Text typed or pasted that no binding takes. */
  readonly onText?: (text: string) => void;
}

export class KeyRouter {
  readonly #layers = new Map<symbol, KeyLayer>();
  readonly #refused: (reason: string) => void;

  /** `refused` is told why a key does nothing. */
  constructor(refused: (reason: string) => void) {
    this.#refused = refused;
  }

  set(place: symbol, layer: KeyLayer): void {
    this.#layers.set(place, layer);
  }

  delete(place: symbol): void {
    this.#layers.delete(place);
  }

  /** For `?`: the tables below a layer, the uppermost first. */
  tables(below: number): readonly { readonly title: string; readonly bindings: readonly Binding[] }[] {
    return this.#topDown()
      .filter(({ name }) => layers[name] < below)
      .map(({ name, bindings }) => ({ title: name === 'program' ? 'Everywhere' : 'This screen', bindings }));
  }

  press(key: Key): void {
    for (const { bindings, modal, onText } of this.#topDown()) {
      const binding = bindings.find(({ keys }) => keys.includes(key.name));
      if (binding) {
        if (binding.disabled) this.#refused(binding.disabled);
        else binding.run(key);
        return;
      }
      if (onText && key.text !== '') {
        onText(key.text);
        return;
      }
      if (modal) return;
    }
  }

  #topDown(): readonly KeyLayer[] {
    return [...this.#layers.values()].sort((a, b) => layers[b.name] - layers[a.name]);
  }
}

const shown: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  'shift-tab': 'shift-tab',
};
const shownAscii: Readonly<Record<string, string>> = {
  ...shown,
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
};

export const keyText = (name: string, ascii: boolean): string => (ascii ? shownAscii : shown)[name] ?? name;
