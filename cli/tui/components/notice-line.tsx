/** The line above the keys: what an action came to, with the command line that does the same. Empty most of the time. */
import { span } from '../../spans.ts';
import { useSize } from '../hooks/use-size.ts';
import { useStore } from '../hooks/use-store.ts';
import { useServices } from '../services.ts';
import { line } from '../text/line.ts';
import { Lines } from './lines.tsx';

const signs = { good: 'ok', waiting: 'no', bad: 'error' } as const;

export function NoticeLine() {
  const { notices } = useServices();
  const { columns } = useSize();
  const { current } = useStore(notices);
  if (current === null) return <Lines lines={[]} width={columns} height={1} />;
  const { text, tone, command } = current;
  const sign = tone === 'good' || tone === 'waiting' || tone === 'bad' ? signs[tone] : '';
  return (
    <Lines
      lines={[
        line(
          span(` ${sign}`, tone),
          span(`  ${text}`, tone === 'bad' ? 'bad' : null),
          span(command === null ? '' : `   ${command}`, 'old'),
        ),
      ]}
      width={columns}
      height={1}
    />
  );
}
