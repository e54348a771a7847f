/**
 * A question before something is done: what it would hit, the choices with their keys, and the command line that does
 * the same. Not to do it is what Enter means until another choice is made.
 */
import { useState } from 'react';
import { type SpanLine, span } from '../../spans.ts';
import { wrapped } from '../../wrapped.ts';
import { useKeys } from '../hooks/use-keys.ts';
import { useLook } from '../hooks/use-look.ts';
import { useSize } from '../hooks/use-size.ts';
import { useKept } from '../hooks/use-store.ts';
import type { Binding } from '../keys.ts';
import type { Dialog } from '../overlay.ts';
import { useServices } from '../services.ts';
import { Kept } from '../store/kept.ts';
import { OverlayBox } from './overlay-box.tsx';

const maxWidth = 72;

export function DialogBox({ dialog }: { readonly dialog: Dialog }) {
  const { view, link, notices } = useServices();
  const { columns } = useSize();
  const { measure } = useLook();
  const { choices, refusal, title, lines } = dialog;
  const [chosen] = useState(() => new Kept(choices.length));
  const at = useKept(chosen);

  const close = (): void => view.overlay.set(null);
  const choose = (index: number): void => {
    close();
    const choice = choices[index];
    if (!choice) return;
    if (link.state.kind === 'connected') choice.run();
    else notices.refusal('not connected to maild: nothing was done');
  };
  const step = (by: number): void =>
    chosen.update((index) => (index + by + choices.length + 1) % (choices.length + 1));
  const bindings: readonly Binding[] = [
    ...choices.map(({ key, label }, index) => ({ keys: [key], does: label, run: () => choose(index) })),
    { keys: ['n', 'esc', 'q', 'ctrl-c'], does: refusal, run: close },
    { keys: ['enter', 'space'], does: 'what is marked', run: () => choose(chosen.value) },
    { keys: ['down', 'j', 'tab', 'right'], does: 'the next choice', run: () => step(1) },
    { keys: ['up', 'k', 'shift-tab', 'left'], does: 'the choice before', run: () => step(-1) },
  ];
  useKeys({ name: 'overlay', bindings, modal: true });

  const inner = Math.min(maxWidth, columns - 4) - 4;
  const choiceLine = (key: string, label: string, index: number, dangerous: boolean): SpanLine => [
    span(index === at ? ` ${key}  ${label} ` : ` ${key}  `, index === at ? 'chosen' : 'accent'),
    span(index === at ? '' : `${label} `, dangerous ? 'bad' : null),
  ];
  // The line for the choice that is marked; while that is to do nothing, the first one's.
  const command = choices[at]?.command ?? choices[0]?.command ?? '';
  const body: readonly SpanLine[] = [
    ...lines.flatMap((one) => wrapped(one, inner, measure)),
    [],
    ...choices.map(({ key, label, dangerous }, index) => choiceLine(key, label, index, dangerous)),
    choiceLine('n', refusal, choices.length, false),
    [],
    ...wrapped([span(command, 'old')], inner, measure),
  ];
  return <OverlayBox title={title} lines={body} width={maxWidth} />;
}
