/** Why a list has nothing in it, and what next; one calm sentence. */
import { span } from '../../spans.ts';
import { line } from '../text/line.ts';
import { Lines } from './lines.tsx';

interface EmptyStateProps {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

export function EmptyState({ text, width, height }: EmptyStateProps) {
  return <Lines lines={[line(), line(span(`   ${text}`, 'old'))]} width={width} height={height} />;
}
