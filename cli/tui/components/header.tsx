/** The two lines at the top of every screen: whose server it is and how it is; the screens with their counts. */

import type { Status } from '../../../shared/api/server.ts';
import type { Measure } from '../../../shared/terminal-text.ts';
import { formatAge, formatCount } from '../../../shared/units.ts';
import type { View } from '../../columns/column.ts';
import { localClock } from '../../columns/time.ts';
import { type Span, type SpanLine, span } from '../../spans.ts';
import { warningCounts } from '../../status-news.ts';
import { serverParts } from '../../words.ts';
import { useLook, useView } from '../hooks/use-look.ts';
import { useSize } from '../hooks/use-size.ts';
import { useKept, useStore } from '../hooks/use-store.ts';
import { useServices } from '../services.ts';
import { type ScreenName, screenNames } from '../store/view-state.ts';
import { type Line, line } from '../text/line.ts';
import { apart } from '../text/span-layout.ts';
import { Lines } from './lines.tsx';

export const headerRows = 3;

export function Header() {
  const services = useServices();
  const { columns } = useSize();
  const { theme, measure } = useLook();
  const view = useView();
  const { status } = useStore(services.status);
  const { state: link } = useStore(services.link);
  const screen = useKept(services.view.screen);
  const clock = span(localClock(new Date(view.now)), 'old');
  const top: Line =
    link.kind === 'away'
      ? { ...apart([span(awayText(link, view.now))], [clock], columns, measure), style: 'alarm' }
      : apart(
          stateSpans(status, services.options.readOnly, view),
          [...newsSpans(status), clock],
          columns,
          measure,
        );
  const tabs = tabLine(screen, status, columns, measure);
  return (
    <Lines
      lines={[top, tabs, line(span(theme.signs.rule.repeat(columns), 'old'))]}
      width={columns}
      height={headerRows}
    />
  );
}

const stateTones = { running: 'good', stopped: 'bad', starting: 'waiting', stopping: 'waiting' } as const;

function stateSpans(status: Status | null, readOnly: boolean, view: View): SpanLine {
  if (status === null) return [span(' maild', 'title'), span('  connected', 'old')];
  const { service, server } = status;
  const paused = serverParts.filter((part) => server.paused[part]);
  return [
    span(` ${service.name}`, 'title'),
    span('  '),
    span(server.state.toUpperCase(), stateTones[server.state]),
    ...(server.startedAt === null
      ? []
      : [span(`  up ${formatAge(view.now - Date.parse(server.startedAt))}`, 'old')]),
    ...(paused.length === 0 ? [] : [span(`  PAUSED ${paused.join(', ')}`, 'waiting')]),
    ...(readOnly ? [span('  READ ONLY', 'accent')] : []),
  ];
}

function newsSpans(status: Status | null): SpanLine {
  const counts = status === null ? null : warningCounts(status);
  return counts === null ? [] : [counts, span('  ')];
}

const awayText = ({ since, reason }: { since: number; reason: string }, now: number): string => {
  const seconds = Math.max(0, Math.floor((now - since) / 1_000));
  const clock = `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
  return ` NOT CONNECTED ${clock}, trying again (${reason}). What you see is what was last known.`;
};

const titles: Readonly<Record<ScreenName, string>> = {
  status: 'Status',
  sessions: 'Sessions',
  queue: 'Queue',
  connections: 'Connections',
  log: 'Log',
  housekeeper: 'Housekeeper',
};
const shortTitles: Readonly<Partial<Record<ScreenName, string>>> = {
  connections: 'Conn.',
  housekeeper: 'House',
};

function tabLine(current: ScreenName, status: Status | null, columns: number, measure: Measure): Line {
  const spansOf = (names: (name: ScreenName) => string): Span[] =>
    screenNames.map((name, index) => {
      const count = countOf(name, status);
      const text = ` ${index + 1} ${names(name)}${count === '' ? '' : ` ${count}`} `;
      return span(text, name === current ? 'chosen' : 'old');
    });
  const whole = spansOf((name) => titles[name]);
  const wide = whole.reduce((sum, { text }) => sum + text.length, 0);
  const tabs = wide <= columns ? whole : spansOf((name) => shortTitles[name] ?? titles[name]);
  return apart(tabs, [], columns, measure);
}

function countOf(name: ScreenName, status: Status | null): string {
  if (status === null) return '';
  const { sessions, queue, warnings } = status;
  switch (name) {
    case 'sessions':
      return formatCount(Object.values(sessions).reduce((sum, count) => sum + count, 0));
    case 'queue':
      return formatCount(queue.total);
    case 'housekeeper':
      return warnings.errors + warnings.warnings > 0 ? '!' : '';
    default:
      return '';
  }
}
