/** The keys of the view and of the program, from the tables that handle them; with why one does nothing just now. */

import { useState } from 'react';
import type { Measure } from '../../../shared/terminal-text.ts';
import { type SpanLine, span } from '../../spans.ts';
import { wrapped } from '../../wrapped.ts';
import { useKeys } from '../hooks/use-keys.ts';
import { useLook } from '../hooks/use-look.ts';
import { useSize } from '../hooks/use-size.ts';
import { useKept } from '../hooks/use-store.ts';
import { type Binding, keyText } from '../keys.ts';
import { clamp } from '../list/cursor.ts';
import type { Help } from '../overlay.ts';
import { useServices } from '../services.ts';
import { Kept } from '../store/kept.ts';
import { OverlayBox } from './overlay-box.tsx';
import { pagerKeys } from './pager.tsx';

const maxWidth = 76;
const keyWidth = 20;

export function HelpBox({ help }: { readonly help: Help }) {
  const { view, options } = useServices();
  const { rows } = useSize();
  const { measure } = useLook();
  const [scroll] = useState(() => new Kept(0));
  const top = useKept(scroll);
  const lines = help.tables.flatMap(({ title, bindings }, index): SpanLine[] => [
    ...(index === 0 ? [] : [[]]),
    [span(title, 'title')],
    ...bindings.flatMap((binding) => keyLines(binding, options.ascii, measure)),
  ]);
  const height = Math.max(1, Math.min(lines.length, rows - 6));
  const close = (): void => view.overlay.set(null);
  useKeys({
    name: 'overlay',
    modal: true,
    bindings: [
      { keys: ['esc', '?', 'q', 'enter', 'ctrl-c'], does: 'back', run: close },
      ...pagerKeys(scroll, lines.length, height),
    ],
  });
  const from = clamp(top, 0, lines.length - height);
  const more = lines.length > height ? `  ${from + height} of ${lines.length}` : '';
  return <OverlayBox title={`Keys${more}`} lines={lines.slice(from, from + height)} width={maxWidth} />;
}

/** What it does may take several lines, beside the keys. */
function keyLines({ keys, does, disabled }: Binding, ascii: boolean, measure: Measure): readonly SpanLine[] {
  const text = keys.map((key) => keyText(key, ascii)).join(' ');
  const meaning = [span(does, disabled ? 'old' : null), span(disabled ? `  (${disabled})` : '', 'waiting')];
  return wrapped(meaning, maxWidth - 4 - keyWidth - 1, measure).map((part, index) => [
    span(`${(index === 0 ? `  ${text}` : '').padEnd(keyWidth)} `, disabled ? 'old' : 'accent'),
    ...part,
  ]);
}
