/** Screen 6: what an operator should know and do, with its remedy; and the housekeeper's tasks. One cursor for both. */
import { useEffect } from 'react';
import type { Task } from '../../../shared/api/housekeeper.ts';
import type { Warning } from '../../../shared/api/server.ts';
import { severityTones } from '../../columns/findings.ts';
import { taskColumns } from '../../columns/tasks.ts';
import { timeCell } from '../../columns/time.ts';
import { type SpanLine, span } from '../../spans.ts';
import { wrapped } from '../../wrapped.ts';
import { actionKeys } from '../actions/act.ts';
import { askAcknowledge, runTask } from '../actions/warning-actions.ts';
import { EmptyState } from '../components/empty-state.tsx';
import { heading } from '../components/heading.ts';
import { Lines } from '../components/lines.tsx';
import { Table } from '../components/table.tsx';
import { View } from '../components/view.tsx';
import { useLook, useView } from '../hooks/use-look.ts';
import { useBody } from '../hooks/use-size.ts';
import { useKept, useStore } from '../hooks/use-store.ts';
import type { Binding } from '../keys.ts';
import { settle } from '../list/cursor.ts';
import { listKeys } from '../list/list-keys.ts';
import { type Services, useServices } from '../services.ts';
import { type Line, line } from '../text/line.ts';

/** A warning is the same one while code and subject are. */
const warningId = ({ code, subject }: Warning): string => `warning ${code} ${subject}`;
const taskId = ({ name }: Task): string => `task ${name}`;

export function HousekeeperScreen() {
  const services = useServices();
  const { status } = useStore(services.status);
  const { tasks } = useStore(services.tasks);
  const state = services.view.housekeeper;
  const kept = useKept(state.cursor);
  const { width, height } = useBody();
  const { theme, measure } = useLook();
  const view = useView();
  useEffect(() => {
    services.tasks.start();
    return () => services.tasks.stop();
  }, [services]);
  const warnings = status?.warnings.list ?? [];
  const ids = [...warnings.map(warningId), ...(tasks ?? []).map(taskId)];
  const cursor = settle(kept, ids, ids.length);
  const warning = warnings.find((one) => warningId(one) === cursor.id) ?? null;
  const task = tasks?.find((one) => taskId(one) === cursor.id) ?? null;
  const { rule } = theme.signs;

  const tasksHeight = (tasks?.length ?? 0) + 3;
  const upper = Math.max(4, height - tasksHeight);
  const detail = warning === null ? [] : detailLines(warning, timeCell(warning.since, view));
  const detailRows = detail.flatMap((one) => wrapped(one, width - 4, measure));
  const listRows = Math.max(1, upper - detailRows.length - 3);
  // The window follows the cursor while that is on a warning.
  const at = warning === null ? 0 : warnings.indexOf(warning);
  const offset = Math.max(0, Math.min(at - listRows + 1, warnings.length - listRows));
  const shown = warnings.slice(offset, offset + listRows);
  return (
    <View bindings={bindings(services, ids, warning, task)}>
      <Lines lines={[heading('Warnings', rule, width)]} width={width} height={1} />
      {warnings.length === 0 ? (
        <EmptyState
          text={status ? 'Nothing needs you.' : 'Asking maild ...'}
          width={width}
          height={upper - 1}
        />
      ) : (
        <Lines
          lines={[
            ...shown.map((one) => warningLine(one, one === warning, theme.signs.cursor)),
            line(),
            ...detailRows.map((one) => line(span('   '), ...one)),
          ]}
          width={width}
          height={upper - 1}
        />
      )}
      <Lines lines={[heading('Housekeeper', rule, width)]} width={width} height={1} />
      {tasks === null ? (
        <EmptyState text="Asking maild ..." width={width} height={2} />
      ) : (
        <Table
          columns={taskColumns}
          rows={tasks}
          idOf={taskId}
          selectedId={task ? taskId(task) : null}
          width={width}
          height={tasksHeight - 2}
          layoutKey=""
        />
      )}
    </View>
  );
}

function warningLine({ severity, subject, evidence }: Warning, selected: boolean, cursor: string): Line {
  return {
    spans: [
      span(`${selected ? cursor : ' '}  `, 'accent'),
      span(severity.toUpperCase().padEnd(9), severityTones[severity]),
      span(`${subject}  `),
      span(evidence, 'old'),
    ],
    style: selected ? 'selected' : null,
  };
}

const detailLines = ({ subject, evidence, remedy, code }: Warning, since: string): readonly SpanLine[] => [
  [span(subject, 'title'), span(`  ${code}, since ${since}`, 'old')],
  [span(evidence)],
  [span('what helps  ', 'old'), span(remedy, 'accent')],
];

function bindings(
  services: Services,
  ids: readonly string[],
  warning: Warning | null,
  task: Task | null,
): readonly Binding[] {
  return [
    ...actionKeys(services, [
      {
        keys: ['enter', 'R'],
        does: 'run the task now',
        hint: 'run task',
        disabled: task ? (task.state === 'running' ? 'it runs already' : null) : 'move to a task first',
        run: () => task && runTask(services, task),
      },
      {
        keys: ['A'],
        does: 'take note of the warning for a time (acknowledge)',
        hint: 'acknowledge',
        disabled: warning ? null : 'move to a warning first',
        run: () => warning && askAcknowledge(services, warning),
      },
    ]),
    {
      keys: ['D'],
      does: 'run the self-test now (doctor)',
      hint: 'self-test',
      run: () => services.view.overlay.set({ kind: 'output', args: ['doctor'] }),
    },
    {
      keys: ['H'],
      does: 'what the housekeeper has done',
      hint: 'history',
      run: () =>
        services.view.overlay.set({
          kind: 'output',
          args: ['housekeeper', 'history', ...(task ? [task.name] : [])],
        }),
    },
    ...listKeys(services.view.housekeeper.cursor, ids, Math.max(1, ids.length)),
  ];
}
