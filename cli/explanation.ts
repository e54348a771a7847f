/** Why a message has not gone out, in sentences, with the commands that would help. */
import type { Explanation } from '../shared/api/queue.ts';
import { visible } from '../shared/terminal-text.ts';
import { formatCount } from '../shared/units.ts';
import { stateTones } from './columns/queue.ts';
import { timeCell, untilCell } from './columns/time.ts';
import type { Output } from './output.ts';

export async function showExplanation(output: Output, explanation: Explanation): Promise<void> {
  const paint = await output.paint();
  const { view } = output;
  const { id, state, reasons, nextAttemptAt, expiresAt, destinations } = explanation;
  const lines = [`${paint('title', `Message ${id}`)} is ${paint(stateTones[state], state)}.`];
  for (const { text, remedy } of reasons) {
    lines.push('', visible(text));
    if (remedy !== null) lines.push(`  ${paint('old', 'help:')} ${paint('accent', visible(remedy))}`);
  }
  lines.push('');
  if (nextAttemptAt !== null) {
    const until = untilCell(nextAttemptAt, view);
    lines.push(
      `Next attempt: ${until === 'now' ? 'due now' : `${timeCell(nextAttemptAt, view)}, in ${until}`}.`,
    );
  }
  lines.push(`Given up at: ${timeCell(expiresAt, view)}.`);
  for (const { domain, via, pending } of destinations)
    lines.push(
      `${formatCount(pending)} ${pending === 1 ? 'recipient' : 'recipients'} at ${visible(domain)} by ${visible(via)}.`,
    );
  await output.raw(`${lines.join('\n')}\n`);
}
