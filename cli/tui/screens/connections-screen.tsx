/** Screen 4: the links to the outside. */
import { timeCell } from '../../columns/time.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { View } from '../components/view.tsx';
import { useView } from '../hooks/use-look.ts';
import { useBody } from '../hooks/use-size.ts';
import { useStore } from '../hooks/use-store.ts';
import { useServices } from '../services.ts';

export function ConnectionsScreen() {
  const { status: store } = useServices();
  const { status } = useStore(store);
  const { width, height } = useBody();
  const view = useView();
  const { name, state, lastPollAt } = status?.connection ?? { name: null, state: 'idle', lastPollAt: null };
  const text =
    name === null && lastPollAt === null
      ? 'No connections are configured: mail goes out by routes and MX records, and none is collected.'
      : `${name ?? 'Connections'}: ${state}, last poll ${timeCell(lastPollAt, view)}.`;
  return (
    <View bindings={[]}>
      <EmptyState text={text} width={width} height={height} />
    </View>
  );
}
