import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { Random } from '../../helpers/random.ts';
import { until } from '../../helpers/until.ts';
import { type Harness, startListener } from './harness.ts';

let harness: Harness;
afterEach(() => harness.close());

const letter = 'Subject: x\r\n\r\nx\r\n';
const seen = async (): Promise<number[]> => {
  const view = await harness.store.mailboxes.open(harness.alice, 'INBOX', { readOnly: true });
  const bits = Array.from({ length: view.count }, (_, i) => view.flagsAt(i + 1).bits);
  view.close();
  return bits;
};

describe('time', () => {
  it('is a minute for the login, whatever is said meanwhile', async () => {
    const clock = new FakeClock();
    harness = await startListener({ clock });
    const client = await harness.connect();
    for (let n = 0; n < 6; n += 1) {
      clock.advance(10_000);
      expect(await client.say('CAPA')).toBe('+OK');
      await client.body();
    }
    clock.advance(2_000);
    await client.end();
    // RFC 1939 3: without a word.
    expect(client.text).toBe('');
  });

  it('is ten minutes between two commands, and nothing is deleted after that', async () => {
    const clock = new FakeClock();
    harness = await startListener({ clock });
    await harness.fill(letter);
    const client = await harness.ready();
    await client.say('DELE 1');
    for (let n = 0; n < 3; n += 1) {
      clock.advance(599_000);
      expect(await client.say('NOOP')).toBe('+OK');
    }
    // Bytes are no command.
    clock.advance(300_000);
    client.write('NO');
    await until(() => harness.registry.last.start.bytes?.().bytesIn);
    clock.advance(302_000);
    await client.end();
    expect(client.text).toBe('');
    expect(await harness.store.contents(harness.alice, 'INBOX')).toHaveLength(1);
    await harness.ready();
  });
});

describe('lines', () => {
  it.each([
    ['USER', `USER ${'x'.repeat(1_000_000)}`],
    ['nothing we know', 'x'.repeat(1_000_000)],
    ['AUTH', `AUTH PLAIN ${'x'.repeat(1_000_000)}`],
  ])('of a megabyte end the session: %s', async (_, line) => {
    harness = await startListener();
    const client = await harness.connect();
    client.write(`${line}\r\n`);
    expect(await client.line()).toBe('-ERR Line too long');
    await client.end();
  });

  it('may have 512 octets', async () => {
    harness = await startListener();
    const client = await harness.connect();
    expect(await client.say(`USER ${'x'.repeat(505)}`)).toBe('+OK Password, please');
    expect(await client.say(`USER ${'x'.repeat(506)}`)).toBe('-ERR Line too long');
  });

  it('that are bad are twenty at most, in a row', async () => {
    harness = await startListener();
    const client = await harness.ready();
    for (let n = 0; n < 19; n += 1) await client.say('XYZZY');
    await client.say('NOOP');
    for (let n = 0; n < 19; n += 1) await client.say('XYZZY');
    expect(await client.say('XYZZY')).toBe('-ERR Command not recognized');
    expect(await client.line()).toBe('-ERR Too many errors');
    await client.end();
  });

  it('by the ten thousand leave others their turn', async () => {
    harness = await startListener();
    const client = await harness.ready();
    client.write('NOOP\r\n'.repeat(10_000));
    const other = await harness.connect();
    expect(await other.say('CAPA')).toBe('+OK');
    await until(() => client.text.length === 50_000);
  });
});

describe('a client that does not read', () => {
  it('makes us buffer nothing', async () => {
    harness = await startListener();
    await harness.fill(`Subject: x\r\n\r\n${'y'.repeat(60_000)}\r\n`);
    const client = await harness.ready();
    client.socket.pause();
    client.write('RETR 1\r\n'.repeat(2_000));
    let [sent, same] = [0, 0];
    await until(() => {
      const { bytesOut } = harness.registry.last.start.bytes?.() ?? { bytesOut: 0 };
      same = bytesOut === sent ? same + 1 : 0;
      sent = bytesOut;
      return same > 30;
    });
    // What the kernel takes for it, of 120 MB.
    expect(sent).toBeLessThan(20_000_000);
    client.socket.resume();
    await until(() => client.text.length > 30_000_000);
  }, 60_000);
});

describe('a message in a file', () => {
  const inFile = async (text: string, sizeBytes = text.length): Promise<void> => {
    harness = await startListener();
    mkdirSync(join(harness.store.folder, 'messages'), { recursive: true });
    writeFileSync(join(harness.store.folder, 'messages', 'large'), text);
    await harness.store.mailboxes.append(harness.alice, 'INBOX', [
      {
        content: { sizeBytes, inline: null, file: 'messages/large', subject: null, messageId: null },
        flags: { bits: 0, keywords: [] },
        internalDate: 0,
        contentId: harness.store.mailboxes.nextContentId(),
      },
    ]);
  };
  const large = `Subject: large\r\n\r\n${`.${'x'.repeat(70)}\r\n`.repeat(50_000)}`;

  it('comes whole', async () => {
    await inFile(large);
    const client = await harness.ready();
    expect(await client.say('RETR 1')).toBe(`+OK ${large.length} octets`);
    expect((await client.body()).replaceAll('\r\n..', '\r\n.') === large).toBe(true);
    expect(await client.say('TOP 1 1')).toBe('+OK');
    expect(await client.body()).toBe(`Subject: large\r\n\r\n..${'x'.repeat(70)}\r\n`);
  });

  it('that has gone is told of', async () => {
    await inFile(large);
    const { rmSync } = await import('node:fs');
    rmSync(join(harness.store.folder, 'messages', 'large'));
    const client = await harness.ready();
    expect(await client.say('RETR 1')).toBe('-ERR [SYS/TEMP] Local error, try again later');
    expect(await client.say('STAT')).toBe(`+OK 1 ${large.length}`);
  });

  it('that ends too early is not passed off as whole', async () => {
    await inFile(large, large.length + 10);
    const client = await harness.ready();
    client.write('DELE 1\r\nRSET\r\nRETR 1\r\nNOOP\r\n');
    await client.end();
    expect(client.text).not.toContain('\r\n.\r\n');
  });
});

describe('QUIT', () => {
  it('deletes nothing when it cannot delete all', async () => {
    harness = await startListener();
    await harness.fill(letter, letter);
    harness.mailboxes.removeMessages = () => Promise.reject(new Error('disk full'));
    const client = await harness.ready();
    await client.say('DELE 1');
    expect(await client.say('QUIT')).toBe('-ERR [SYS/TEMP] Nothing was deleted, try again later');
    await client.end();
    expect(await harness.store.contents(harness.alice, 'INBOX')).toHaveLength(2);
    await harness.ready();
  });

  it('that was heard is done, though the client is killed or goes in the midst of it', async () => {
    harness = await startListener();
    await harness.fill(letter);
    const { removeMessages } = harness.mailboxes;
    let go = (): void => {};
    harness.mailboxes.removeMessages = async (...args) => {
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      return removeMessages(...args);
    };
    const client = await harness.ready();
    await client.say('DELE 1');
    client.write('QUIT\r\n');
    await until(() => harness.registry.last.detail.startsWith('QUIT, removing 1'));
    harness.registry.last.kill('enough');
    const next = await harness.connect();
    expect(await next.logIn('alice@example.com', 'secret')).toMatch(/^-ERR \[IN-USE\]/);
    client.socket.resetAndDestroy();
    await until(() => harness.registry.all[0]?.ended);
    go();
    await until(async () => (await harness.store.contents(harness.alice, 'INBOX')).length === 0);
    await harness.ready();
  });
});

describe('what was fetched', () => {
  it('is seen after QUIT and after an end without it', async () => {
    harness = await startListener();
    await harness.fill(letter, letter, letter);
    const client = await harness.ready();
    await client.say('RETR 1');
    await client.body();
    await client.say('TOP 2 0');
    await client.body();
    await client.say('QUIT');
    expect(await seen()).toEqual([1, 0, 0]);
    const next = await harness.ready();
    await next.say('RETR 3');
    await next.body();
    next.close();
    await until(async () => (await seen()).join() === '1,0,1');
  });

  it('is not where the configuration says so', async () => {
    harness = await startListener({ config: { pop3: { markSeen: false } } });
    await harness.fill(letter);
    const client = await harness.ready();
    await client.say('RETR 1');
    await client.body();
    await client.say('QUIT');
    expect(await seen()).toEqual([0]);
  });
});

describe('the server stops', () => {
  it('after the command in hand, and says so', async () => {
    harness = await startListener();
    await harness.fill(letter);
    const idle = await harness.connect();
    const { find } = harness.mailboxes;
    let go = (): void => {};
    harness.mailboxes.find = async (...args) => {
      await new Promise<void>((resolve) => {
        go = resolve;
      });
      return find(...args);
    };
    const busy = await harness.connect();
    await busy.say('USER alice@example.com');
    busy.write('PASS secret\r\n');
    await until(() => harness.registry.last.detail === 'Opening the mailbox');
    const closing = harness.listener.close({ drainMs: 10_000 });
    expect(await idle.line()).toBe('-ERR [SYS/TEMP] Server is shutting down');
    go();
    expect(await busy.line()).toBe('+OK 1 messages');
    expect(await busy.line()).toBe('-ERR [SYS/TEMP] Server is shutting down');
    await closing;
  });
});

it('serves on after thousands of mutated dialogues', async () => {
  harness = await startListener({ config: { pop3: { maxErrors: 1_000 } } });
  await harness.fill(letter, letter);
  const random = new Random(42);
  const words = [
    'USER',
    'PASS',
    'AUTH',
    'PLAIN',
    'LOGIN',
    'CAPA',
    'STAT',
    'LIST',
    'RETR',
    'TOP',
    'UIDL',
    'DELE',
    'RSET',
    'NOOP',
    '*',
    '=',
    'AGE=',
    'alice@example.com',
    'secret',
    '1',
    '2',
    '0',
    '-1',
    '99999999999',
    ' ',
    '\r',
    '\n',
    '\r\n',
    '\r\n',
    '\0',
    '\x1b]0;x\x07',
    '\xff',
    '.',
    '"',
  ];
  for (let round = 0; round < 40; round += 1) {
    const client = await harness.connect();
    if (round % 2 === 0) await client.logIn('alice@example.com', 'secret');
    let text = '';
    for (let n = 0; n < 500; n += 1)
      text += `${words[random.below(words.length)]}${random.below(3) === 0 ? '\r\n' : ' '}`;
    client.write(`${text}\r\n`);
    client.socket.end();
    await client.end();
  }
  expect(harness.log.filter((line) => line.startsWith('error'))).toEqual([]);
  const client = await harness.ready();
  expect(await client.say('STAT')).toMatch(/^\+OK 2 /);
});
