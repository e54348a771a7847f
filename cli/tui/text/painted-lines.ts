/**
 * Text as commands paint it for a terminal, back into coloured pieces: only the colours that mailctl itself uses mean
 * anything here, every other control becomes visible.
 */
import { type SpanLine, span } from '../../spans.ts';
import type { Tone } from '../../style.ts';

const tones: Readonly<Record<string, Tone | null>> = {
  '0': null,
  '1': 'title',
  '2': 'old',
  '22': null,
  '31': 'bad',
  '32': 'good',
  '33': 'waiting',
  '36': 'accent',
  '39': null,
};
const painted = /\x1b\[(0|1|2|22|31|32|33|36|39)m/;

export function paintedLines(text: string): readonly SpanLine[] {
  const lines = text.replace(/\n$/, '').split(/\r?\n/);
  return lines.map((textLine) => {
    const pieces = textLine.replaceAll('\t', '        ').split(painted);
    let tone: Tone | null = null;
    // Split by one group: text and the number of a colour take turns.
    return pieces.flatMap((piece, index) => {
      if (index % 2 === 0) return piece === '' ? [] : [span(piece, tone)];
      tone = tones[piece] ?? null;
      return [];
    });
  });
}
