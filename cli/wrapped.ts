/** Lines broken where they are wider than the screen, between words where there is one. */
import { cut, type Measure } from '../shared/terminal-text.ts';
import { clipped } from './clipped.ts';
import type { Span, SpanLine } from './spans.ts';

/** A word longer than the line is broken anywhere. */
export function wrapped(spans: SpanLine, width: number, measure: Measure): readonly SpanLine[] {
  const lines: SpanLine[] = [];
  let current: Span[] = [];
  let room = width;
  for (const piece of spans) {
    for (let rest = piece.text; rest !== ''; ) {
      if (clipped(rest, width) === rest && measure(rest) <= room) {
        current.push({ ...piece, text: rest });
        room -= measure(rest);
        break;
      }
      const head = headOf(rest, room, current.length === 0, measure);
      if (head !== '') current.push({ ...piece, text: head });
      lines.push(current);
      current = [];
      room = width;
      rest = rest.slice(head.length).replace(/^ /, '');
    }
  }
  return [...lines, current];
}

/** As much as fits, whole words if there is one; at least something when the line is still empty. */
function headOf(text: string, room: number, empty: boolean, measure: Measure): string {
  const fits = room < 1 ? '' : cutOff(text, room, measure);
  const space = fits.lastIndexOf(' ');
  if (text[fits.length] === ' ') return fits;
  if (space > 0) return fits.slice(0, space);
  if (!empty) return '';
  return fits === '' ? ([...text][0] ?? '') : fits;
}

/** The most that fits. The cut leaves one column for its ellipsis, so it gets one more, and blanks that it has to cut. */
function cutOff(text: string, room: number, measure: Measure): string {
  const near = clipped(text, room);
  return measure(near) <= room ? near : cut(`${near}  `, room + 1, measure).slice(0, -1);
}
