/** The script of the content thread: does the jobs of content-jobs.ts, one message a job. Built into a file of its own. */
import { parentPort } from 'node:worker_threads';
import { errorText } from '../../errors.ts';
import { searchContents } from '../search/search-contents.ts';
import { makeStructures } from '../structure/make-structures.ts';
import type { SearchJob, StructureJob } from './content-jobs.ts';
import type { ThreadMessage } from './content-thread.ts';

const port = parentPort;
if (port === null) throw new Error('this is the script of a thread');
const say = (message: ThreadMessage): void => port.postMessage(message);

port.on('message', (job: StructureJob | SearchJob) => {
  try {
    say({ kind: 'answer', answer: answerTo(job) });
  } catch (error) {
    say({ kind: 'failed', error: errorText(error) });
  }
});
say({ kind: 'ready' });

function answerTo(job: StructureJob | SearchJob): unknown {
  switch (job.kind) {
    case 'structures':
      return makeStructures(job.contents);
    case 'search':
      return searchContents(job);
  }
}
