/**
 * Screen 5: the log as it is written. Scrolling up pauses: the lines stay where they are and what comes is counted;
 * going down to the end follows again. Its keys stand in log-keys.ts.
 */
import { useEffect } from 'react';
import type { LogEntry } from '../../../shared/api/log.ts';
import { formatCount } from '../../../shared/units.ts';
import { span } from '../../spans.ts';
import { wrapped } from '../../wrapped.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { heading } from '../components/heading.ts';
import { Lines } from '../components/lines.tsx';
import { ListHead } from '../components/list-head.tsx';
import { View } from '../components/view.tsx';
import { useLook } from '../hooks/use-look.ts';
import { useBody } from '../hooks/use-size.ts';
import { useKept, useStore } from '../hooks/use-store.ts';
import { settle } from '../list/cursor.ts';
import { useServices } from '../services.ts';
import type { LogStore } from '../store/log-store.ts';
import { errorText } from '../store/notices.ts';
import type { LogScope } from '../store/view-state.ts';
import { logFilterOfText } from '../text/filters.ts';
import { type Line, line } from '../text/line.ts';
import { entryDetail, entrySpans } from '../text/log-entry.ts';
import { logKeys } from './log-keys.ts';

export function LogScreen() {
  const services = useServices();
  const store = useStore(services.log);
  const state = services.view.log;
  const scope = useKept(state.scope);
  const keptCursor = useKept(state.cursor);
  const detailOpen = useKept(state.detail);
  const { width, height } = useBody();
  const { theme, measure } = useLook();
  useEffect(() => {
    services.log.setFilter({
      ...logFilterOfText(scope.filter, services.now),
      ...(scope.level && { level: scope.level }),
      ...(scope.category && { categories: [scope.category] }),
    });
  }, [services, scope]);
  useEffect(() => {
    services.log.start();
    return () => services.log.stop();
  }, [services]);

  const { entries, paused } = store;
  const detail = detailOpen && paused ? entryOf(entries, keptCursor.id) : null;
  const detailLines =
    detail === null ? [] : entryDetail(detail).flatMap((one) => wrapped(one, width - 4, measure));
  const paneHeight = detail === null ? 0 : Math.min(detailLines.length + 1, Math.floor(height / 2));
  const rows = height - 1 - paneHeight;
  const cursor = paused ? settle(keptCursor, seqs(entries), rows) : null;
  const offset = cursor?.offset ?? Math.max(0, entries.length - rows);
  const lines = entries.slice(offset, offset + rows).map(
    (entry): Line => ({
      spans: [
        span(entry.seq === cursor?.id ? theme.signs.cursor : ' ', 'accent'),
        ...entrySpans(entry, width),
      ],
      style: entry.seq === cursor?.id ? 'selected' : null,
    }),
  );
  return (
    <View bindings={logKeys(services, cursor, rows)}>
      <ListHead
        filter={scopeText(scope)}
        count={countText(store)}
        state={
          paused
            ? {
                text: store.news === 0 ? 'PAUSED' : `PAUSED  +${formatCount(store.news)} new`,
                tone: 'chosen',
              }
            : { text: 'following', tone: 'good' }
        }
        width={width}
      />
      {lines.length === 0 ? (
        <EmptyState text={emptyText(store, scope)} width={width} height={rows} />
      ) : (
        <Lines lines={lines} width={width} height={rows} />
      )}
      {detail === null ? null : (
        <Lines
          lines={[
            heading(`Line ${detail.seq}`, theme.signs.rule, width),
            ...detailLines.map((one) => line(span('   '), ...one)),
          ]}
          width={width}
          height={paneHeight}
        />
      )}
    </View>
  );
}

const seqs = (entries: readonly LogEntry[]): readonly number[] => entries.map(({ seq }) => seq);
const entryOf = (entries: readonly LogEntry[], seq: string | number | null): LogEntry | null =>
  entries.find((entry) => entry.seq === seq) ?? null;

const scopeText = ({ level, category, filter }: LogScope): string =>
  [level && `level:${level}`, category && `category:${category}`, filter].filter(Boolean).join(' ');

function countText({ entries, dropped }: LogStore): string {
  const lost = dropped === 0 ? '' : `, ${formatCount(dropped)} not shown: too fast`;
  return `${formatCount(entries.length)} lines${lost}`;
}

function emptyText({ known, error }: LogStore, scope: LogScope): string {
  if (error !== null) return `${errorText(error)}. Esc clears the filter.`;
  if (!known) return 'Asking maild ...';
  const filter = scopeText(scope);
  return filter === '' ? 'Nothing has been logged yet.' : `No line matches ${filter}. Esc clears the filter.`;
}
