/** The filters of the three lists: the options of `queue list`, `sessions list` and `log`, and what a bare word means. */
import type { LogFilter } from '../../../shared/api/log.ts';
import type { QueueFilter } from '../../../shared/api/queue.ts';
import { type LogFilterOptions, logFilterOf, withLogFilters } from '../../commands/log.ts';
import { type FilterOptions, filterOf, withFilters } from '../../commands/queue-filter.ts';
import { type SessionFilterOptions, withSessionFilters } from '../../commands/sessions.ts';
import { queueStates, sessionTypes } from '../../words.ts';
import { type FilterLanguage, filterArguments, parseFilter } from './filter-text.ts';

const queueLanguage: FilterLanguage = {
  options: withFilters,
  short: { older: 'older-than', larger: 'larger-than' },
  bare: (word) => {
    if (/^\d+(,\d+)*$/.test(word)) return 'id';
    if (queueStates.some((state) => state === word)) return 'state';
    return word.includes('@') ? 'to' : 'error';
  },
};

const sessionsLanguage: FilterLanguage = {
  options: withSessionFilters,
  short: { older: 'older-than' },
  bare: (word) => {
    if (sessionTypes.some((type) => type === word)) return 'type';
    return /^[\d.]+(\/\d+)?$|:/.test(word) ? 'ip' : 'user';
  },
};

const logLanguage = (now: () => number): FilterLanguage => ({
  options: (command) => withLogFilters(command, now),
  short: {},
  bare: () => 'grep',
});

/** Throws FilterTextError. */
export const queueFilterOf = (text: string): QueueFilter =>
  filterOf(parseFilter<FilterOptions>(text, queueLanguage));

/** As arguments of the command line. */
export const queueFilterArguments = (text: string): readonly string[] => filterArguments(text, queueLanguage);

export const sessionFilterOf = (text: string): SessionFilterOptions =>
  parseFilter<SessionFilterOptions>(text, sessionsLanguage);

export const sessionFilterArguments = (text: string): readonly string[] =>
  filterArguments(text, sessionsLanguage);

export const logFilterOfText = (text: string, now: () => number): LogFilter =>
  logFilterOf(parseFilter<LogFilterOptions>(text, logLanguage(now)));

/** Names that a filter of each list may begin with, for completion and hints. */
export const filterNames = {
  queue: ['from:', 'to:', 'domain:', 'state:', 'older:', 'larger:', 'error:', 'connection:', 'id:'],
  sessions: ['type:', 'user:', 'ip:', 'older:', 'idle:'],
  log: ['level:', 'category:', 'session:', 'queue:', 'since:', 'grep:'],
} as const;
