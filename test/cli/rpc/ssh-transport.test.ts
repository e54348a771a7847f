import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Client } from '../../../cli/client.ts';
import { sshArguments, sshTransport } from '../../../cli/rpc/ssh-transport.ts';
import { relayStdio } from '../../../cli/stdio-relay.ts';
import { startControl, temporaryDirectory } from '../../daemon/control/harness.ts';

describe('ssh is asked for', () => {
  it.each([
    ['ssh://mx.example.org', ['mx.example.org']],
    ['ssh://ann@mx.example.org', ['ann@mx.example.org']],
    ['ssh://ann@mx.example.org:2222/', ['-p', '2222', 'ann@mx.example.org']],
    ['ssh://ann@[2001:db8::1]:22', ['-p', '22', 'ann@2001:db8::1']],
  ])('%s', (address, args) => {
    expect(sshArguments(address)).toEqual([...args, '--', 'mailctl', '--stdio']);
  });

  it.each([
    'mx.example.org',
    'https://mx.example.org',
    'ssh://',
    'ssh://-oProxyCommand=id',
    'ssh://-oProxyCommand=id@host',
    'ssh://ann:secret@host',
    'ssh://host/path',
    'ssh://host?x',
    'ssh://a%20b@host',
    'ssh://ho%73t%20-x',
    'ssh://%-x@host',
  ])('nothing when the address is %s', (address) => {
    expect(() => sshArguments(address)).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
});

/** A program in place of ssh. */
function program(script: string): string {
  const path = join(temporaryDirectory(), 'ssh');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('through ssh', () => {
  it('a daemon is called as if it were here', async () => {
    const { path } = await startControl();
    const relay = join(temporaryDirectory(), 'relay.cjs');
    const connect = `require('net').connect(${JSON.stringify(path)})`;
    writeFileSync(relay, `process.stdin.pipe(${connect}).pipe(process.stdout);`);
    const transport = sshTransport('ssh://mx.test', program(`exec ${process.execPath} ${relay}`));
    const client = new Client(transport, 10_000);
    onTestFinished(() => client.close());
    const hello = await client.call('service.hello', { protocol: 1, client: 'test/1' });
    expect(hello.hostname).toBe('mx.test');
    client.close();
    expect(await client.closed).toBeNull();
  });

  it.each([
    [255, /ssh cannot reach/],
    [127, /no mailctl/],
    [69, /has ended/],
  ])('the end of ssh with status %i is told', async (status, message) => {
    const client = new Client(sshTransport('ssh://mx.test', program(`exit ${status}`)), 10_000);
    await expect(client.call('rpc.discover', {})).rejects.toMatchObject({ kind: 'unreachable' });
    expect((await client.closed)?.message).toMatch(message);
  });

  it('a missing ssh is told', async () => {
    const client = new Client(sshTransport('ssh://mx.test', '/nowhere/ssh'), 10_000);
    await expect(client.call('rpc.discover', {})).rejects.toThrow(/cannot run \/nowhere\/ssh/);
  });
});

describe('mailctl --stdio', () => {
  it('carries answers back, also those that come after its input has ended', async () => {
    const { path } = await startControl();
    const stdin = new PassThrough();
    const stdout = new PassThrough();
    const text = stdout.toArray();
    const relay = relayStdio({ stdin, stdout }, path);
    stdin.end(
      '{"jsonrpc":"2.0","id":1,"method":"service.hello","params":{"protocol":1,"client":"t/1"}}\n' +
        '{"jsonrpc":"2.0","id":2,"method":"rpc.discover"}\n',
    );
    await relay;
    stdout.end();
    const lines = Buffer.concat(await text)
      .toString()
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([1, 2]);
  });

  it('ends when the daemon does', async () => {
    const { path, server } = await startControl();
    const relay = relayStdio({ stdin: new PassThrough(), stdout: new PassThrough() }, path);
    await expect.poll(() => server.clients().length).toBe(1);
    await server.close();
    await relay;
  });

  it('fails when there is no daemon', async () => {
    const path = join(temporaryDirectory(), 'maild.sock');
    const stdio = { stdin: new PassThrough(), stdout: new PassThrough() };
    await expect(relayStdio(stdio, path)).rejects.toMatchObject({ kind: 'unreachable' });
  });
});
