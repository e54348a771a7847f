/**
 * The status on one screen: 80 columns by 24 rows are enough, more rows show more warnings and events. The facts are
 * those of a status dialog of old: is it up, what is wrong, what is it doing, what has it done.
 */

import type { Status } from '../shared/api/server.ts';
import { type Measure, measureFor } from '../shared/terminal-text.ts';
import { formatBytes } from '../shared/units.ts';
import type { View } from './columns/column.ts';
import { pauseText } from './columns/pause.ts';
import { ageCell, localClock, localDate } from './columns/time.ts';
import { beside, left, renderLine, type SpanLine, span } from './spans.ts';
import { countLines } from './status-counts.ts';
import { factLines, labelWidth } from './status-facts.ts';
import { activityLines, warningCounts, warningLines } from './status-news.ts';
import type { Paint, Tone } from './style.ts';
import { serverParts } from './words.ts';

export interface Screen {
  readonly view: View;
  /** Infinite in a pipe. */
  readonly width: number;
  readonly height: number;
  readonly paint: Paint;
}

/** The row that the prompt of the shell needs. */
const promptRows = 1;
/** With as many rows the parts are set apart by empty lines. */
const spaciousRows = 28;
/** Where the clock begins when there is no right edge. */
const plainHeadWidth = 79;

/** Lines that are safe to show, without line breaks. */
export async function statusScreen(status: Status, screen: Screen): Promise<readonly string[]> {
  const { view, width, height, paint } = screen;
  const measure = await measureFor([JSON.stringify(status)]);
  const blank: readonly SpanLine[] = height >= spaciousRows ? [[]] : [];
  const head = [
    ...headLines(status, view, Number.isFinite(width) ? width : plainHeadWidth, measure),
    [],
    ...countLines(status, view),
    [],
    ...factLines(status, view),
    ...blank,
  ];
  const room = height - promptRows - head.length;
  const warnings = [...warningLines(status, room), ...blank];
  const activity = activityLines(status, view, room - warnings.length);
  return [...head, ...warnings, ...activity].map((line) => renderLine(line, width, paint, measure));
}

const stateTones: Readonly<Record<Status['server']['state'], Tone>> = {
  running: 'good',
  stopped: 'bad',
  starting: 'waiting',
  stopping: 'waiting',
};

function headLines(status: Status, view: View, width: number, measure: Measure): readonly SpanLine[] {
  const { service, server } = status;
  const now = new Date(view.now);
  const counts = warningCounts(status);
  const corner = [...(counts ? [counts, span('   ')] : []), span(`${localDate(now)} ${localClock(now)}`)];
  const cornerWidth = corner.reduce((sum, { text }) => sum + text.length, 0);
  const process = [
    `maild ${service.version}`,
    `pid ${service.pid}`,
    `Node ${service.nodeVersion.replace(/^v/, '')}`,
    formatBytes(service.memoryBytes),
    `loop ${Math.round(service.loopDelayMs)} ms`,
  ];
  return [
    beside([span(service.name, 'title')], width - cornerWidth, corner, measure),
    [
      left(server.state.toUpperCase(), labelWidth, stateTones[server.state]),
      span(server.startedAt === null ? 'the service is up' : `up ${ageCell(server.startedAt, view)}`),
      span(`   ${process.join(', ')}`, 'old'),
    ],
    ...pausedLines(status, view),
  ];
}

function pausedLines({ server: { paused } }: Status, view: View): readonly SpanLine[] {
  return serverParts
    .filter((part) => paused[part])
    .map((part) => {
      const pause = paused.details[part];
      return [left('PAUSED', labelWidth, 'waiting'), span(`${part}${pause ? pauseText(pause, view) : ''}`)];
    });
}
