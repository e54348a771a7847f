/** The list of keys in maild.toml(5), made from the schema of the configuration. */
import type { ConfigKey } from '../../shared/api/config.ts';

/** One subsection for each table, in the order of the schema. */
export function configKeysMdoc(keys: readonly ConfigKey[]): string {
  const tables = [...new Set(keys.map(({ key }) => tableOf(key)))];
  const members = (table: string): ConfigKey[] => keys.filter(({ key }) => tableOf(key) === table);
  return tables.map((table) => tableMdoc(table, members(table))).join('');
}

/** `delivery.concurrency` is in `[delivery]`, `listeners[].port` in `[[listeners]]`, `hostname` at the top. */
function tableOf(key: string): string {
  const table = key.slice(0, Math.max(0, key.lastIndexOf('.')));
  if (table === '') return '';
  return table.endsWith('[]') ? `[[${table.slice(0, -2)}]]` : `[${table}]`;
}

function tableMdoc(table: string, keys: readonly ConfigKey[]): string {
  const title = table === '' ? 'Top of the file' : `Table ${table}`;
  return `.Ss ${title}\n.Bl -tag -width Ds\n${keys.map(keyMdoc).join('')}.El\n`;
}

/** Types whose units the page tells once. */
const explained = /duration|size/;

function keyMdoc({ key, type, unit, default: fallback, live, summary }: ConfigKey): string {
  const name = key.slice(key.lastIndexOf('.') + 1);
  const lines = [
    `.It Ic ${name} Pq ${escaped(type)}${unit === null || explained.test(type) ? '' : `, ${escaped(unit)}`}`,
    ...summary.split(/(?<=[.;]) /).map(escaped),
    ...(fallback === null ? [] : ['Default:', `.Li ${quoted(fallback)} .`]),
    ...(live ? [] : ['A change takes effect at the next start.']),
  ];
  return `${lines.join('\n')}\n`;
}

/** A line must not begin with a control character of roff, nor have a backslash that means something to it. */
const escaped = (text: string): string => text.replaceAll('\\', '\\e').replace(/^([.'])/, '\\&$1');

/** An argument of a macro, with quotation marks doubled. */
const quoted = (text: string): string => `"${escaped(text).replaceAll('"', '""')}"`;
