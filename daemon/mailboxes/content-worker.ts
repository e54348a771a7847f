/** The script of the content thread: does the jobs of content-jobs.ts, one message a job. Built into a file of its own. */
import { parentPort } from 'node:worker_threads';
import { errorText } from '../errors.ts';
import type { StructureJob } from './content-jobs.ts';
import type { ThreadMessage } from './content-thread.ts';
import { makeStructures } from './make-structures.ts';

const port = parentPort;
if (port === null) throw new Error('this is the script of a thread');
const say = (message: ThreadMessage): void => port.postMessage(message);

port.on('message', (job: StructureJob) => {
  try {
    say({ kind: 'answer', answer: answerTo(job) });
  } catch (error) {
    say({ kind: 'failed', error: errorText(error) });
  }
});
say({ kind: 'ready' });

function answerTo(job: StructureJob): unknown {
  return makeStructures(job.contents);
}
