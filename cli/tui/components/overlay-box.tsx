/** A framed box above a screen, in its middle. */
import { Box } from 'ink';
import { type SpanLine, span } from '../../spans.ts';
import { useLook } from '../hooks/use-look.ts';
import { useSize } from '../hooks/use-size.ts';
import { type Line, line } from '../text/line.ts';
import { fitted } from '../text/span-layout.ts';
import { Lines } from './lines.tsx';

interface OverlayBoxProps {
  readonly title: string;
  readonly lines: readonly SpanLine[];
  readonly width: number;
}

export function OverlayBox({ title, lines, width }: OverlayBoxProps) {
  const { columns, rows } = useSize();
  const { theme, measure } = useLook();
  const { border } = theme.signs;
  const inner = Math.min(width, columns - 4) - 4;
  const edge = span(border.vertical, 'old');
  const framed = (spans: SpanLine): Line =>
    line(edge, span(' '), ...fitted(spans, inner, measure), span(' '), edge);
  const name = ` ${title} `;
  const all = [
    line(
      span(`${border.topLeft}${border.horizontal}`, 'old'),
      span(name, 'title'),
      span(`${border.horizontal.repeat(Math.max(0, inner + 1 - measure(name)))}${border.topRight}`, 'old'),
    ),
    framed([]),
    ...lines.map(framed),
    framed([]),
    line(span(`${border.bottomLeft}${border.horizontal.repeat(inner + 2)}${border.bottomRight}`, 'old')),
  ];
  return (
    <Box
      position="absolute"
      marginLeft={Math.max(0, Math.floor((columns - inner - 4) / 2))}
      marginTop={Math.max(1, Math.floor((rows - all.length) / 2))}
    >
      <Lines lines={all} width={inner + 4} height={all.length} opaque />
    </Box>
  );
}
