/** The queue as a list: rows are fetched as the reader comes to them. Its keys stand in queue-list-keys.ts. */
import { useEffect } from 'react';
import type { QueuedMessage } from '../../../shared/api/queue.ts';
import { formatBytes, formatCount } from '../../../shared/units.ts';
import { queueColumns } from '../../columns/queue.ts';
import { timeCell } from '../../columns/time.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { ListHead } from '../components/list-head.tsx';
import { Table } from '../components/table.tsx';
import { View } from '../components/view.tsx';
import { useView } from '../hooks/use-look.ts';
import { useBody } from '../hooks/use-size.ts';
import { useKept, useStore } from '../hooks/use-store.ts';
import { isSelected, type Selection } from '../list/selection.ts';
import { useServices } from '../services.ts';
import { errorText } from '../store/notices.ts';
import type { QueueOrder, QueueSort } from '../store/queue-pages.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { queueCursor } from './queue-cursor.ts';
import { queueListKeys } from './queue-list-keys.ts';

const titleOfSort: Readonly<Record<QueueSort, string>> = {
  age: 'AGE',
  next: 'NEXT',
  size: 'SIZE',
  attempts: 'TRIES',
  from: 'FROM',
};

export function QueueList() {
  const services = useServices();
  const store = useStore(services.queue);
  const { status } = useStore(services.status);
  const state = services.view.queue;
  const filter = useKept(state.filter);
  const selection = useKept(state.selection);
  const kept = useKept(state.cursor);
  const view = useView();
  const { width, height } = useBody();
  const rowCount = height - 2;
  const cursor = queueCursor(store, kept, rowCount);
  const { offset } = cursor;
  useEffect(() => store.show(offset, offset + rowCount - 1), [store, offset, rowCount]);

  const indexes = Array.from(
    { length: Math.min(rowCount, store.lastIndex + 1 - offset) },
    (_, at) => offset + at,
  );
  const rows = indexes.map((index) => store.row(index));
  const fromEnd = store.order.from === 'end';
  const shown: readonly (QueuedMessage | null)[] = fromEnd ? rows.toReversed() : rows;
  const empty = store.known && store.row(0) === null;
  const lastDelivery = status?.activity.findLast(({ category }) => category === 'delivery');
  const paused = status?.server.paused.delivering === true;
  return (
    <View bindings={queueListKeys(services, cursor, rowCount)}>
      <ListHead
        filter={filter}
        order={store.order.sort}
        count={countText(store, selection)}
        {...(paused && { state: { text: 'DELIVERY PAUSED', tone: 'waiting' } })}
        width={width}
      />
      {empty || !store.known ? (
        <EmptyState
          text={emptyText(store, filter, lastDelivery ? timeCell(lastDelivery.time, view) : null)}
          width={width}
          height={height - 1}
        />
      ) : (
        <Table
          columns={queueColumns}
          rows={shown}
          idOf={({ id }) => id}
          selectedId={store.row(cursor.index)?.id ?? null}
          isMarked={({ id }) => isSelected(selection, id)}
          sorted={{ title: titleOfSort[store.order.sort], descending: falls(store.order) }}
          width={width}
          height={height - 1}
          layoutKey={`${filter} ${store.order.sort}`}
        />
      )}
    </View>
  );
}

/** The daemon sorts by the time of arrival, the oldest first: that is the greatest age. */
const falls = ({ sort, descending }: QueueOrder): boolean => (sort === 'age') !== descending;

function countText({ matches }: QueueStore, selection: Selection): string {
  if (matches === null) return '';
  const counts = `${formatCount(matches.messages)} ${matches.messages === 1 ? 'message' : 'messages'}, ${formatBytes(matches.bytes)}`;
  if (selection.kind === 'matching') return `${counts}, all selected`;
  return selection.ids.size === 0 ? counts : `${counts}, ${formatCount(selection.ids.size)} selected`;
}

function emptyText({ known, error }: QueueStore, filter: string, lastDelivery: string | null): string {
  if (error !== null) return `${errorText(error)}. Esc clears the filter.`;
  if (!known) return 'Asking maild ...';
  if (filter !== '') return `No message matches ${filter}. Esc clears the filter.`;
  return `The queue is empty.${lastDelivery === null ? '' : ` Last delivery ${lastDelivery}.`}`;
}
