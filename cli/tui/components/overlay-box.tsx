/** A framed box above a screen, in its middle. */
import { Box } from 'ink';
import { pad } from '../../../shared/terminal-text.ts';
import { renderLine, type SpanLine, span } from '../../spans.ts';
import { useLook } from '../hooks/use-look.ts';
import { useSize } from '../hooks/use-size.ts';
import { type Line, Lines, line } from './lines.tsx';

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
  const framed = (spans: SpanLine): Line => {
    const plain = renderLine(spans, inner, (_tone, text) => text, measure);
    return line(
      edge,
      span(' '),
      ...fitting(spans, inner, plain),
      span(pad('', inner - measure(plain), measure)),
      span(' '),
      edge,
    );
  };
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

/** Nothing when it has to be cut: then the cut text stands for the pieces. */
const fitting = (spans: SpanLine, inner: number, plain: string): SpanLine =>
  spans.reduce((sum, { text }) => sum + text.length, 0) <= inner ? trimmed(spans) : [span(plain)];

/** renderLine takes blanks away at the end; so must what stands beside its measure. */
function trimmed(spans: SpanLine): SpanLine {
  const last = spans.at(-1);
  return last ? [...spans.slice(0, -1), { ...last, text: last.text.replace(/ +$/, '') }] : spans;
}
