/** The methods of the API as mdoc, for maild-api(7). */
import { z } from 'zod';
import { methods } from '../../shared/api/index.ts';
import type { Method } from '../../shared/api/method.ts';

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** One subsection a noun, one entry a method: summary, access, parameters, result. */
export function apiMethodsMdoc(): string {
  const lines: string[] = [];
  let noun = '';
  for (const [name, definition] of Object.entries<Method>(methods)) {
    const itsNoun = name.slice(0, name.indexOf('.'));
    if (itsNoun !== noun) {
      if (noun !== '') lines.push('.El');
      noun = itsNoun;
      lines.push(`.Ss ${noun}`, '.Bl -tag -width Ds');
    }
    lines.push(`.It Ic ${name} Pq ${definition.access}`, ...sentences(definition.summary));
    lines.push(...fields('Parameters', z.toJSONSchema(definition.params, { io: 'input' })));
    lines.push(...fields('Result', z.toJSONSchema(definition.result, { io: 'output' })));
  }
  return `${[...lines, '.El'].join('\n')}\n`;
}

function fields(title: string, schema: JsonSchema): string[] {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return title === 'Parameters' ? ['Takes no parameters.'] : [];
  const required = new Set(schema.required);
  const items = properties.map(([name, value], i) => {
    const optional = title === 'Parameters' && !required.has(name) ? ', optional' : '';
    const comma = i < properties.length - 1 ? ' ,' : ' .';
    return `.Va ${name} Pq ${typeOf(value)}${optional}${comma}`;
  });
  return ['.Pp', `${title}:`, ...items];
}

/** A type in a word or two; the whole schema is what rpc.discover answers. */
function typeOf(schema: JsonSchema | boolean): string {
  if (typeof schema === 'boolean') return 'any';
  if (schema.enum) return schema.enum.join(' | ').replaceAll('\\', '\\e');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' | ');
  if (schema.type === 'array') return `list of ${typeOf((schema.items as JsonSchema | undefined) ?? true)}`;
  if (schema.type === 'string') return schema.format === 'date-time' ? 'time' : 'string';
  return typeof schema.type === 'string' ? schema.type : 'any';
}

/** New sentence, new line: mdoc's rule, which mandoc -Tlint checks. */
function sentences(text: string): string[] {
  return text.split(/(?<=\.) (?=[A-Z])/);
}
