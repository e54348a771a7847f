/** `rpc.discover`: the API as an OpenRPC 1.3 document, made from the values that check the parameters. */
import { z } from 'zod';
import { methods } from '../../shared/api/index.ts';
import type { Method } from '../../shared/api/method.ts';
import { protocolVersion, version } from '../../shared/version.ts';
import { RawJson } from './handler.ts';

/** Made when first asked for, then kept: it cannot change while the service runs. */
export class Discovery {
  #document: RawJson | null = null;

  document(): RawJson {
    this.#document ??= new RawJson(JSON.stringify(openRpc()));
    return this.#document;
  }
}

const openRpc = () => ({
  openrpc: '1.3.2',
  info: {
    title: 'maild control API',
    version,
    description:
      'JSON-RPC 2.0, one JSON value per line over the control socket. The first call is service.hello. ' +
      'Subscriptions send notifications named event. See maild-api(7).',
    license: { name: 'MIT' },
    'x-protocol': protocolVersion,
  },
  methods: Object.entries<Method>(methods).map(([name, definition]) => describe(name, definition)),
});

function describe(name: string, definition: Method) {
  const params = z.toJSONSchema(definition.params, { io: 'input' });
  const required = new Set(params.required);
  return {
    name,
    summary: definition.summary,
    paramStructure: 'by-name',
    params: Object.entries(params.properties ?? {}).map(([param, schema]) => ({
      name: param,
      required: required.has(param),
      schema,
    })),
    result: { name: 'result', schema: z.toJSONSchema(definition.result, { io: 'output' }) },
    'x-access': definition.access,
  };
}
