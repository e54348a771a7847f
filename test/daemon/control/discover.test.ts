import { expect, it } from 'vitest';
import { methods } from '../../../shared/api/index.ts';
import { startControl } from './harness.ts';

interface OpenRpc {
  readonly openrpc: string;
  readonly info: { readonly version: string };
  readonly methods: readonly {
    readonly name: string;
    readonly summary: string;
    readonly params: readonly {
      readonly name: string;
      readonly required: boolean;
      readonly schema: object;
    }[];
    readonly result: { readonly schema: object };
    readonly 'x-access': string;
  }[];
}

async function discover(): Promise<OpenRpc> {
  const client = await (await startControl()).client();
  return (await client.call('rpc.discover')).result as unknown as OpenRpc;
}

it('describes every method', async () => {
  const document = await discover();
  expect(document.methods.map((described) => described.name)).toEqual(Object.keys(methods));
  for (const described of document.methods) {
    expect(described.summary).not.toBe('');
    expect(Object.keys(described.result.schema).length).toBeGreaterThan(1);
  }
});

it('says what a parameter may be and which must be given', async () => {
  const { methods: described } = await discover();
  const show = described.find((method) => method.name === 'queue.show');
  expect(show?.params).toEqual([
    { name: 'id', required: true, schema: expect.objectContaining({ type: 'integer', minimum: 1 }) },
  ]);
  const pause = described.find((method) => method.name === 'server.pause');
  expect(pause?.['x-access']).toBe('write');
  expect(pause?.params.map((param) => [param.name, param.required])).toEqual([
    ['parts', true],
    ['forSeconds', false],
    ['reason', false],
  ]);
});
