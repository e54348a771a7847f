/** A line of a screen: coloured pieces, or one look over its whole width. */
import type { SpanLine } from '../../spans.ts';

/** `selected`: the row that keys act on. `current`, `alarm`: as in the theme. */
export type LineStyle = 'selected' | 'alarm';

export interface Line {
  readonly spans: SpanLine;
  /** Replaces the tones of the pieces, over the whole width. */
  readonly style: LineStyle | null;
}

export const line = (...spans: SpanLine): Line => ({ spans, style: null });
