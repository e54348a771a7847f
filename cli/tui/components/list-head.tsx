/** The first line of a list: what is let through, in what order, and how much of it there is. */
import { span } from '../../spans.ts';
import type { Tone } from '../../style.ts';
import { useLook } from '../hooks/use-look.ts';
import { apart } from '../text/span-layout.ts';
import { Lines } from './lines.tsx';

export interface ListHeadProps {
  /** Empty: everything. */
  readonly filter: string;
  readonly order?: string;
  readonly count: string;
  readonly state?: { readonly text: string; readonly tone: Tone | null };
  readonly width: number;
}

export function ListHead({ filter, order, count, state, width }: ListHeadProps) {
  const { measure } = useLook();
  const head = apart(
    [
      span(' filter ', 'old'),
      span(filter === '' ? 'none' : filter, filter === '' ? 'old' : 'waiting'),
      ...(order === undefined ? [] : [span('   sort ', 'old'), span(order)]),
    ],
    [span(`  ${count} `), ...(state ? [span(` ${state.text} `, state.tone)] : [])],
    width,
    measure,
  );
  return <Lines lines={[head]} width={width} height={1} />;
}
