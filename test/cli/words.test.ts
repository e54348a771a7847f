import { expect, it } from 'vitest';
import * as words from '../../cli/words.ts';
import { taskNames } from '../../shared/api/housekeeper.ts';
import { logCategories, logLevels } from '../../shared/api/log.ts';
import { queueSort, queueState, summaryGroup } from '../../shared/api/queue.ts';
import { serverPart } from '../../shared/api/server.ts';
import { sessionSort, sessionTypes } from '../../shared/api/sessions.ts';

it.each([
  [words.queueStates, queueState.options],
  [words.queueSorts, queueSort.options],
  [words.summaryGroups, summaryGroup.options],
  [words.serverParts, serverPart.options],
  [words.sessionTypes, sessionTypes],
  [words.sessionSorts, sessionSort.options],
  [words.logLevels, logLevels],
  [words.logCategories, logCategories],
  [words.taskNames, taskNames],
])('the words of the command line are those of the API: %j', (here, there) => {
  expect(here).toEqual(there);
});
