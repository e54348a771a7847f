/** `T`: the whole story of what the cursor is on, as `mailctl trace` prints it, in a pane. */
import type { Binding } from '../keys.ts';
import type { Services } from '../services.ts';

/** `subject` as the command takes it; null when there is nothing to trace. */
export const traceKey = ({ view }: Services, subject: string | null): Binding => ({
  keys: ['T'],
  does: 'trace: all that is known about it, in one time line',
  hint: 'trace',
  disabled: subject === null ? 'there is nothing to trace' : null,
  run: () => {
    if (subject !== null) view.overlay.set({ kind: 'output', args: ['trace', subject] });
  },
});
