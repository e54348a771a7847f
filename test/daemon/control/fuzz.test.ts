/** 20,000 mutated frames: each is answered or the client is let go, nothing else happens. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { methods } from '../../../shared/api/index.ts';
import { type RawClient, startControl } from './harness.ts';

/** A small generator with a seed, so that a failure can be had again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const seeds = [
  '{"jsonrpc":"2.0","id":1,"method":"service.hello","params":{"protocol":1,"client":"x/1"}}',
  '{"jsonrpc":"2.0","id":"a","method":"queue.list","params":{"filter":{"ids":[1,2],"from":"*@x.test","states":["held"]},"limit":10}}',
  '[{"jsonrpc":"2.0","id":1,"method":"rpc.discover"},{"jsonrpc":"2.0","method":"blocks.list","params":{}}]',
  '{"jsonrpc":"2.0","id":null,"method":"sessions.kill","params":{"filter":{"ip":"192.0.2.0/24"},"blockSeconds":60}}',
  '{"jsonrpc":"2.0","id":4,"method":"log.setLevels","params":{"levels":{"smtp":"debug"},"forSeconds":5}}',
  '{"jsonrpc":"2.0","id":5,"method":"events.subscribe","params":{"topics":["log","queue"],"log":{"grep":"a(b"}}}',
  '{"jsonrpc":"2.0","id":6,"method":"accounts.add","params":{"address":"a@b.test","password":"p\\u0000\\ud800"}}',
];
const tokens = [
  '[', ']', '{', '}', ',', ':', '"', '\\', 'null', 'true', '-1', '1e999', '1e-7', '""', '{}', '[]', '"__proto__":', '"constructor":',
  '\\u0000', '\\ud83d', '\u202e', '\u0000', '\r', '\t', ' ', '"id":', '"method":', '"params":', '"jsonrpc":"2.0"', '"result":1,', '"error":{},',
  '9007199254740993', '[[[[[[[[', '"x":{"y":{"z":',
]; // biome-ignore format: a table

function mutate(pick: (below: number) => number): Buffer {
  let bytes: Buffer = Buffer.from(seeds[pick(seeds.length)] ?? '');
  for (let changes = 1 + pick(6); changes > 0; changes--) {
    const at = pick(bytes.length + 1);
    const length = pick(12);
    const token = Buffer.from(tokens[pick(tokens.length)] ?? '');
    const kinds = [
      () => Buffer.concat([bytes.subarray(0, at), token, bytes.subarray(at)]),
      () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]),
      () => Buffer.concat([bytes.subarray(0, at), token, bytes.subarray(at + length)]),
      () => Buffer.concat([bytes.subarray(0, at), Buffer.of(pick(256)), bytes.subarray(at + 1)]),
      () => Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]),
    ];
    bytes = kinds[pick(kinds.length)]?.() ?? bytes;
  }
  return Buffer.from(bytes.filter((byte) => byte !== 0x0a));
}

describe('20,000 mutated frames', () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  beforeEach(() => void process.on('unhandledRejection', note).on('uncaughtException', note));
  afterEach(() => void process.off('unhandledRejection', note).off('uncaughtException', note));

  it('crash nothing, and every client is answered or let go', async () => {
    const pick = random(20_261_122);
    // Each handler answers with what it was given, so that all that passes the check is also worded.
    const echo = Object.keys(methods)
      .filter((name) => name !== 'service.hello')
      .map((name) => [name, (params: unknown) => ({ params })]);
    const { client: connect, server, log } = await startControl({ handlers: Object.fromEntries(echo) });
    let client: RawClient = await connect();
    for (let done = 0; done < 20_000; done += 100) {
      if (done % 1_000 === 0) {
        client.destroy();
        client = await connect();
      }
      for (let n = 0; n < 100; n++) client.send(Buffer.concat([mutate(pick), Buffer.of(0x0a)]));
      // All frames before have been taken when this one is answered: those that wanted an answer have it.
      client.send('{"jsonrpc":"2.0","id":"sentinel","method":"rpc.discover"}\n');
      for (
        let line = await client.nextLine();
        !line?.includes('"sentinel"');
        line = await client.nextLine()
      ) {
        expect(line, 'the connection stays open').not.toBeNull();
        const answer: unknown = JSON.parse(line ?? '');
        expect(answer).toEqual(expect.any(Object));
      }
    }
    expect(log.filter((line) => line.level === 'error')).toEqual([]);
    expect(unhandled).toEqual([]);
    client.destroy();
    await expect.poll(() => server.clients()).toEqual([]);
  });

  it('cut anywhere and thrown at a new connection each crash nothing either', async () => {
    const pick = random(7);
    const { stranger, client: connect, server } = await startControl();
    for (let n = 0; n < 300; n++) {
      const client = await stranger();
      const bytes = mutate(pick);
      client.send(bytes.subarray(0, pick(bytes.length + 1)));
      if (pick(2)) client.destroy();
      else client.socket.end();
      await client.closed;
    }
    expect((await (await connect()).call('rpc.discover')).result.openrpc).toBe('1.3.2');
    await expect.poll(() => server.clients().length).toBe(1);
    expect(unhandled).toEqual([]);
  });
});
