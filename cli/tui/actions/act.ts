/** Doing something to the daemon on a key: what came of it is told with the command line that does the same. */
import { commandText } from '../command-text.ts';
import type { Binding } from '../keys.ts';
import type { Services } from '../services.ts';

export async function act(
  { notices }: Services,
  args: readonly string[],
  work: () => Promise<string>,
): Promise<void> {
  try {
    notices.result(await work(), commandText(...args));
  } catch (error) {
    notices.error(error);
  }
}

/** Keys that change something: none when only reading is wanted, refused while the daemon is away. */
export function actionKeys({ options, link }: Services, bindings: readonly Binding[]): readonly Binding[] {
  if (options.readOnly) return [];
  if (link.state.kind === 'connected') return bindings;
  return bindings.map((binding) => ({ ...binding, disabled: 'not connected to maild' }));
}
