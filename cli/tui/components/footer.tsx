/** The last line: the keys of the view, as many as there is room for, from the table that handles them. */
import type { Span } from '../../spans.ts';
import { span } from '../../spans.ts';
import { useLook } from '../hooks/use-look.ts';
import { useSize } from '../hooks/use-size.ts';
import { type Binding, keyText } from '../keys.ts';
import { useServices } from '../services.ts';
import { apart } from '../text/span-layout.ts';
import { Lines } from './lines.tsx';

/** Always there, at the right. */
const always = [span('?', 'accent'), span(' keys  ', 'old'), span('q', 'accent'), span(' quit ', 'old')];
const alwaysWidth = always.reduce((sum, { text }) => sum + text.length, 0);

export function Footer({ bindings }: { readonly bindings: readonly Binding[] }) {
  const { columns } = useSize();
  const { measure } = useLook();
  const { ascii } = useServices().options;
  const shown: Span[] = [span(' ')];
  let room = columns - 1 - alwaysWidth;
  for (const { keys, hint, disabled } of bindings) {
    if (hint === undefined || disabled) continue;
    const key = keyText(keys[0] ?? '', ascii);
    const width = key.length + hint.length + 3;
    if (width > room) break;
    room -= width;
    shown.push(span(key, 'accent'), span(` ${hint}  `, 'old'));
  }
  return <Lines lines={[apart(shown, always, columns, measure)]} width={columns} height={1} />;
}
