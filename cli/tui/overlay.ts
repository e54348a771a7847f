/** What may lie above a screen: a question before something is done, the keys, the output of a command. */
import type { SpanLine } from '../spans.ts';
import type { Binding } from './keys.ts';

export interface DialogChoice {
  /** The key that chooses it. */
  readonly key: string;
  readonly label: string;
  /** The line of mailctl that does the same. */
  readonly command: string;
  readonly dangerous: boolean;
  readonly run: () => void;
}

/** Not to do it is always a choice too, and what Enter means at first. */
export interface Dialog {
  readonly kind: 'dialog';
  readonly title: string;
  readonly lines: readonly SpanLine[];
  readonly choices: readonly DialogChoice[];
  /** The label of doing nothing: `keep`. */
  readonly refusal: string;
}

export interface Help {
  readonly kind: 'help';
  /** Tables by heading. */
  readonly tables: readonly { readonly title: string; readonly bindings: readonly Binding[] }[];
}

export interface CommandOutput {
  readonly kind: 'output';
  readonly args: readonly string[];
}

export type Overlay = Dialog | Help | CommandOutput;
