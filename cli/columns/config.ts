/** The configuration as listings: values in force, keys, faults. */
import type { ConfigFault, ConfigKey } from '../../shared/api/config.ts';
import type { Result } from '../../shared/api/index.ts';
import { type Column, nothing } from './column.ts';

type ConfigValue = Result<'config.show'>['values'][number];

export const configValueColumns: readonly Column<ConfigValue>[] = [
  { title: 'KEY', tone: () => 'accent', cell: ({ key }) => key },
  {
    title: 'ORIGIN',
    tone: ({ origin }) => (origin === 'default' ? 'old' : null),
    cell: ({ origin }) => origin,
  },
  { title: 'VALUE', min: 16, wrap: true, cell: ({ value }) => JSON.stringify(value) ?? nothing },
];

export const configKeyColumns: readonly Column<ConfigKey>[] = [
  { title: 'KEY', tone: () => 'accent', cell: ({ key }) => key },
  { title: 'TYPE', min: 12, rank: 1, cell: ({ type, unit }) => (unit === null ? type : `${type} (${unit})`) },
  { title: 'DEFAULT', min: 8, cell: (key) => key.default ?? nothing },
  { title: 'LIVE', rank: 2, cell: ({ live }) => (live ? 'yes' : 'no') },
  { title: 'WHAT IT DOES', min: 40, wrap: true, cell: ({ summary }) => summary },
];

/** `/etc/maild/maild.toml:12: listeners[0].port: must be a whole number`, as compilers write it. */
export function faultText({ file, line, key, message }: ConfigFault): string {
  const place = line === null ? file : `${file}:${line}`;
  return [place, key, message].filter((part) => part !== null).join(': ');
}
