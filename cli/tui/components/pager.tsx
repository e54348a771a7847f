/** Text to read: a window on lines, moved by keys. */
import type { Binding } from '../keys.ts';
import { clamp, type Step, target } from '../list/cursor.ts';
import type { Kept } from '../store/kept.ts';
import type { Line } from '../text/line.ts';
import { Lines } from './lines.tsx';

/** Keys of everything that moves up and down. */
export const moveKeys: readonly {
  readonly keys: readonly string[];
  readonly step: Step;
  readonly does: string;
}[] = [
  { keys: ['up', 'k'], step: 'up', does: 'up' },
  { keys: ['down', 'j'], step: 'down', does: 'down' },
  { keys: ['pageup', ',', 'ctrl-b'], step: 'pageup', does: 'a page up' },
  { keys: ['pagedown', '.', 'ctrl-f'], step: 'pagedown', does: 'a page down' },
  { keys: ['home', 'g', '<'], step: 'top', does: 'to the first' },
  { keys: ['end', 'G', '>'], step: 'bottom', does: 'to the last' },
];

/** `scroll` is the first line that is seen. */
export function pagerKeys(scroll: Kept<number>, lines: number, height: number): readonly Binding[] {
  const last = Math.max(0, lines - height);
  return moveKeys.map(({ keys, step, does }) => ({
    keys,
    does: `scroll ${does}`,
    run: () =>
      scroll.update((top) =>
        step === 'bottom' ? last : clamp(target(clamp(top, 0, last), step, height, lines), 0, last),
      ),
  }));
}

interface PagerProps {
  readonly lines: readonly Line[];
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly opaque?: boolean;
}

export function Pager({ lines, top, width, height, opaque = false }: PagerProps) {
  const from = clamp(top, 0, lines.length - height);
  return <Lines lines={lines.slice(from, from + height)} width={width} height={height} opaque={opaque} />;
}
