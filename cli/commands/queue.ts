/** `mailctl queue`: what waits, why, and the verbs that act on it. Its parts stand in the files named queue-*. */
import type { Noun } from '../cli.ts';
import { defineList } from './queue-list.ts';
import { defineExplain, defineShow } from './queue-show.ts';
import { defineSummary } from './queue-summary.ts';
import { defineOperations, defineUndo } from './queue-undo.ts';
import { defineClear, defineVerbs } from './queue-verbs.ts';

export const queue: Noun = {
  name: 'queue',
  summary: 'what waits to be delivered and why; send, hold, remove and more',
  fallback: 'list',
  define(command, cli) {
    defineList(command, cli);
    defineShow(command, cli);
    defineExplain(command, cli);
    defineSummary(command, cli);
    defineVerbs(command, cli);
    defineClear(command, cli);
    defineUndo(command, cli);
    defineOperations(command, cli);
  },
};
