/** Screen 1: is it up, what is wrong, what is it doing, what has it done; all of `mailctl status`, live, with its history. */
import type { Status } from '../../../shared/api/server.ts';
import { formatCount } from '../../../shared/units.ts';
import type { View as TimeView } from '../../columns/column.ts';
import { left, type SpanLine, span } from '../../spans.ts';
import { countLines } from '../../status-counts.ts';
import { factLines, labelWidth } from '../../status-facts.ts';
import { activityLines, warningLines } from '../../status-news.ts';
import { actionKeys } from '../actions/act.ts';
import { askPause, askStartOrStop, reload } from '../actions/server-actions.ts';
import { heading } from '../components/heading.ts';
import { Lines } from '../components/lines.tsx';
import { sparkline } from '../components/sparkline.ts';
import { View } from '../components/view.tsx';
import { useLook, useView } from '../hooks/use-look.ts';
import { useBody } from '../hooks/use-size.ts';
import { useStore } from '../hooks/use-store.ts';
import { type Services, useServices } from '../services.ts';
import { bucketMs, type Series } from '../store/series.ts';
import type { StatusStore } from '../store/status-store.ts';
import { type Line, line } from '../text/line.ts';
import type { Theme } from '../theme.ts';

/** Width of the three blocks of counts. */
const countsWidth = 79;
/** From here on the history stands beside the counts instead of below. */
const wideColumns = 124;

export function StatusScreen() {
  const services = useServices();
  const store = useStore(services.status);
  const { width, height } = useBody();
  const { theme } = useLook();
  const view = useView();
  const { status } = store;
  const lines = status === null ? [] : bodyLines(status, store, { view, width, height, theme });
  return (
    <View bindings={bindings(services, status)}>
      <Lines lines={lines} width={width} height={height} />
    </View>
  );
}

function bindings(services: Services, status: Status | null) {
  const actions =
    status === null
      ? []
      : actionKeys(services, [
          {
            keys: ['p'],
            does: 'pause or resume receiving, delivering, collecting',
            hint: 'pause',
            run: () => askPause(services, status),
          },
          { keys: ['r'], does: 'read the configuration again', hint: 'reload', run: () => reload(services) },
          {
            keys: ['S'],
            does: 'stop or start the server',
            hint: status.server.state === 'stopped' ? 'start' : 'stop',
            run: () => askStartOrStop(services, status),
          },
        ]);
  return [
    ...actions,
    {
      keys: ['w'],
      does: 'the warnings, with what to do about them',
      hint: 'warnings',
      run: () => services.view.screen.set('housekeeper'),
    },
  ];
}

interface Place {
  readonly view: TimeView;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

function bodyLines(status: Status, store: StatusStore, place: Place): readonly Line[] {
  const { view, width, height, theme } = place;
  const wide = width >= wideColumns;
  const counts = countLines(status, view);
  const facts = factLines(status, view);
  const roomy = height >= 24;
  const history = historyLines(store, place, wide);
  const upper = wide ? beside(counts, history) : [...counts, ...(roomy ? [[]] : []), ...history];
  const { rule } = theme.signs;
  const indented = (lines: readonly SpanLine[]): Line[] => lines.map((spans) => line(span(' '), ...spans));
  const head = [...indented(upper), ...(roomy ? [line()] : []), ...indented(facts)];
  if (!roomy) {
    const room = height - head.length;
    const warnings = warningLines(status, room);
    return [
      ...head,
      ...indented([
        ...warnings,
        ...activityLines({ ...status, activity: store.activity }, view, room - warnings.length),
      ]),
    ];
  }
  // Two headings and a blank line before each.
  const room = height - head.length - 4;
  const warnings = unlabelled(warningLines(status, room));
  return [
    ...head,
    line(),
    heading('Warnings', rule, width),
    ...indented(warnings),
    line(),
    heading('Activity', rule, width),
    ...indented(
      unlabelled(activityLines({ ...status, activity: store.activity }, view, room - warnings.length)),
    ),
  ];
}

/** Without the label at their left: a heading says it. */
const unlabelled = (lines: readonly SpanLine[]): readonly SpanLine[] => lines.map((spans) => spans.slice(1));

const beside = (first: readonly SpanLine[], second: readonly SpanLine[]): SpanLine[] =>
  Array.from({ length: Math.max(first.length, second.length) }, (_, row) => {
    const used = (first[row] ?? []).reduce((sum, { text }) => sum + text.length, 0);
    return [
      ...(first[row] ?? []),
      span(' '.repeat(Math.max(0, countsWidth - used) + 4)),
      ...(second[row] ?? []),
    ];
  });

interface Trace {
  readonly name: string;
  readonly series: Series;
  readonly fill: 'zero' | 'hold';
  readonly figure: string;
}

/** Wide screens have all of it, others mail in and mail out. */
function historyLines(
  store: StatusStore,
  { view, width, theme, height }: Place,
  wide: boolean,
): readonly SpanLine[] {
  const { traffic, queueTotal } = store;
  const perMinute = (series: Series): string => `${formatCount(series.perMinute(view.now))}/min`;
  const traces: readonly Trace[] = [
    {
      name: 'Mail in',
      series: traffic.processedMessages,
      fill: 'zero',
      figure: perMinute(traffic.processedMessages),
    },
    {
      name: 'Mail out',
      series: traffic.deliveredMessages,
      fill: 'zero',
      figure: perMinute(traffic.deliveredMessages),
    },
    {
      name: 'Rejected',
      series: traffic.rejectedMessages,
      fill: 'zero',
      figure: perMinute(traffic.rejectedMessages),
    },
    {
      name: 'In queue',
      series: queueTotal,
      fill: 'hold',
      figure: formatCount(store.status?.queue.total ?? 0),
    },
  ];
  const shown = wide || height >= 28 ? traces : traces.slice(0, 2);
  const figureWidth = 9;
  const edge = wide ? width - countsWidth - 6 : width - 2;
  const bars = Math.max(10, Math.min(120, edge - labelWidth - figureWidth - 2));
  const minutes = Math.round((bars * bucketMs) / 60_000);
  const lines = shown.map(({ name, series, fill, figure }): SpanLine => {
    const values = series.last(bars, view.now, fill);
    const tone = name === 'Rejected' || name === 'In queue' ? 'waiting' : 'good';
    return [
      left(name, labelWidth, 'title'),
      span(figure.padStart(figureWidth)),
      span('  '),
      ...sparkline(values, theme.signs.levels, tone),
    ];
  });
  if (!wide) return lines;
  return [
    [left('Traffic', labelWidth, 'title'), span(`the last ${minutes} minutes`.padStart(figureWidth), 'old')],
    ...spaced(lines),
  ];
}

/** The counts beside are twice as many lines. */
const spaced = (lines: readonly SpanLine[]): readonly SpanLine[] =>
  lines.flatMap((one) => [one, []]).slice(0, -1);
