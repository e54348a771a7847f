/** What the command line would print of something, as lines for a screen: by the same code, for this width. */
import { useEffect, useState } from 'react';
import type { Output } from '../../output.ts';
import type { SpanLine } from '../../spans.ts';
import { captured } from '../capture.ts';
import { useServices } from '../services.ts';
import { Kept } from '../store/kept.ts';
import { paintedLines } from '../text/painted-lines.ts';
import { useKept } from './use-store.ts';

const nothingYet: readonly SpanLine[] = [];

/** `show` prints `source`; it is asked again when that is another. */
export function useCaptured<Source>(
  source: Source | null,
  width: number,
  show: (output: Output, source: Source) => Promise<void>,
): readonly SpanLine[] {
  const { now } = useServices();
  const [lines] = useState(() => new Kept(nothingYet));
  useEffect(() => {
    if (source === null) return;
    let current = true;
    void captured(width, now, (output) => show(output, source)).then((text) => {
      if (current) lines.set(paintedLines(text));
    });
    return () => {
      current = false;
    };
  }, [source, width, now, show, lines]);
  const shown = useKept(lines);
  return source === null ? nothingYet : shown;
}
