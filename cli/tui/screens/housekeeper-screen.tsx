/** Screen 6: what an operator should know and do, with its remedy; and what the housekeeper is at. */
import type { Warning } from '../../../shared/api/server.ts';
import { timeCell } from '../../columns/time.ts';
import { type SpanLine, span } from '../../spans.ts';
import type { Tone } from '../../style.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { heading } from '../components/heading.ts';
import { Lines } from '../components/lines.tsx';
import { View } from '../components/view.tsx';
import { useLook, useView } from '../hooks/use-look.ts';
import { useBody } from '../hooks/use-size.ts';
import { useKept, useStore } from '../hooks/use-store.ts';
import { settle } from '../list/cursor.ts';
import { listKeys } from '../list/list-keys.ts';
import { useServices } from '../services.ts';
import { type Line, line } from '../text/line.ts';
import { wrapped } from '../text/wrapped.ts';

const severityTones: Readonly<Record<Warning['severity'], Tone | null>> = {
  error: 'bad',
  warning: 'waiting',
  notice: null,
};

/** A warning is the same one while code and subject are. */
export const warningId = ({ code, subject }: Warning): string => `${code} ${subject}`;

export function HousekeeperScreen() {
  const services = useServices();
  const { status } = useStore(services.status);
  const state = services.view.housekeeper;
  const kept = useKept(state.cursor);
  const { width, height } = useBody();
  const { theme, measure } = useLook();
  const view = useView();
  const warnings = status?.warnings.list ?? [];
  const ids = warnings.map(warningId);
  const listHeight = Math.max(3, Math.min(warnings.length, Math.floor(height / 2)));
  const cursor = settle(kept, ids, listHeight);
  const rows = warnings.slice(cursor.offset, cursor.offset + listHeight).map((warning): Line => {
    const selected = warningId(warning) === cursor.id;
    return {
      spans: [
        span(`${selected ? theme.signs.cursor : ' '} `, 'accent'),
        span(warning.severity.toUpperCase().padEnd(9), severityTones[warning.severity]),
        span(`${warning.subject}  `),
        span(warning.evidence, 'old'),
      ],
      style: selected ? 'selected' : null,
    };
  });
  const current = warnings.find((warning) => warningId(warning) === cursor.id) ?? null;
  const { rule } = theme.signs;
  const detail = current === null ? [] : detailLines(current, timeCell(current.since, view));
  const keeper = status?.housekeeper;
  return (
    <View bindings={listKeys(state.cursor, ids, listHeight)}>
      <Lines lines={[heading('Warnings', rule, width)]} width={width} height={1} />
      {warnings.length === 0 ? (
        <EmptyState text={status ? 'Nothing needs you.' : 'Asking maild ...'} width={width} height={3} />
      ) : (
        <Lines
          lines={[
            ...rows,
            line(),
            ...detail
              .flatMap((one) => wrapped(one, width - 4, measure))
              .map((one) => line(span('   '), ...one)),
          ]}
          width={width}
          height={height - 5}
        />
      )}
      <Lines
        lines={[
          line(),
          heading('Housekeeper', rule, width),
          ...(keeper
            ? [
                line(
                  span(`   ${keeper.state}`, keeper.state === 'running' ? 'good' : null),
                  span(keeper.task === null ? '' : ` ${keeper.task}`),
                  span(
                    keeper.lastRunAt === null
                      ? ', has not run yet'
                      : `, last run ${timeCell(keeper.lastRunAt, view)}`,
                    'old',
                  ),
                  span(keeper.nextRunAt === null ? '' : `, next ${timeCell(keeper.nextRunAt, view)}`, 'old'),
                ),
              ]
            : []),
        ]}
        width={width}
        height={4}
      />
    </View>
  );
}

const detailLines = ({ subject, evidence, remedy, code }: Warning, since: string): readonly SpanLine[] => [
  [span(subject, 'title'), span(`  ${code}, since ${since}`, 'old')],
  [span(evidence)],
  [span('what helps  ', 'old'), span(remedy, 'accent')],
];
