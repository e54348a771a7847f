/**
 * Lines of coloured pieces at their place on the screen; each is cut to the width here and nowhere else.
 *
 * For Ink it is one text of constant content, which the transformation replaces by what is to be seen: Ink keeps the
 * measures of every text it has ever laid out, and a log would make that grow without end.
 */
import { Box, Transform } from 'ink';
import { memo } from 'react';
import { pad } from '../../../shared/terminal-text.ts';
import { clipped } from '../../clipped.ts';
import { renderLine, type SpanLine } from '../../spans.ts';
import { useLook } from '../hooks/use-look.ts';
import type { Line } from '../text/line.ts';
import type { Theme } from '../theme.ts';

interface LinesProps {
  readonly lines: readonly Line[];
  readonly width: number;
  /** More than there are lines leaves the rest empty. */
  readonly height: number;
  /** Covers what lies below with blanks to the full width. */
  readonly opaque?: boolean;
}

export const Lines = memo(function Lines({ lines, width, height, opaque = false }: LinesProps) {
  const { theme, measure } = useLook();
  const filler = Array.from({ length: Math.max(1, height) }, () => '.').join('\n');
  const text = lines.slice(0, height).map(({ spans: whole, style }) => {
    const spans = whole.map((piece) => ({ ...piece, text: clipped(piece.text, width) }));
    if (style === null && !opaque) return theme.spell(renderLine(spans, width, theme.paint, measure));
    if (style === null) return theme.spell(filledLine(spans, width, theme, measure));
    const plain = renderLine(spans, width, (_tone, piece) => piece, measure);
    return theme.spell(theme[style](pad(plain, width, measure)));
  });
  return (
    <Box width={width} height={Math.max(1, height)} flexShrink={0}>
      <Transform transform={(_filler, row) => text[row] ?? ''}>{filler}</Transform>
    </Box>
  );
});

function filledLine(
  spans: SpanLine,
  width: number,
  theme: Theme,
  measure: ReturnType<typeof useLook>['measure'],
): string {
  const plain = renderLine(spans, width, (_tone, piece) => piece, measure);
  return renderLine(spans, width, theme.paint, measure) + ' '.repeat(Math.max(0, width - measure(plain)));
}
