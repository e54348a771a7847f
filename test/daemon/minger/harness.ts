/** A Minger listener on loopback with a directory of a few accounts, and clients of it. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../../daemon/clock.ts';
import { nullLog } from '../../../daemon/log/logger.ts';
import { MingerListener } from '../../../daemon/minger/minger-listener.ts';
import { FakeDirectory } from '../../helpers/fake-directory.ts';
import { FakeRegistry } from '../../helpers/fake-registry.ts';
import { testConfig } from '../../helpers/test-config.ts';

export const secret = '0123456789abcdef';
type Settings = Partial<ReturnType<typeof testConfig>['minger']>;

export async function startMinger(settings: Settings = {}) {
  const directory = new FakeDirectory();
  const registry = new FakeRegistry();
  let config = testConfig({ minger: { secrets: [secret], ...settings } });
  const listener = new MingerListener({
    listener: { address: '127.0.0.1', port: 0 },
    config: () => config,
    directory,
    registry,
    log: nullLog,
    clock: systemClock,
  });
  await listener.listen();
  onTestFinished(() => listener.close());
  const configure = (changes: Settings): void => {
    config = testConfig({ minger: { ...config.minger, ...changes } });
  };
  return { listener, directory, registry, configure, port: listener.port };
}

/** All that comes back until the server closes; our side is closed after the bytes. */
export function overTcp(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      answer += text;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    socket.end(bytes);
  });
}

/** The answer to each datagram, in the order they come; ends with the answer to a last one that is always answered. */
export function overUdp(port: number, datagrams: readonly (string | Buffer)[]): Promise<string[]> {
  const last = 'end@of.test x=1';
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const answers: string[] = [];
    socket.on('message', (answer) => {
      const text = answer.toString('utf8');
      if (text.startsWith('end@of.test ')) {
        socket.close();
        resolve(answers);
      } else answers.push(text);
    });
    for (const datagram of [...datagrams, last]) socket.send(datagram, port, '127.0.0.1');
  });
}
