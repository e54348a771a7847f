/** Collecting by POP3 from servers that break their word in all the ways that they do. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { RemotePop3 } from '../../helpers/remote-pop3.ts';
import { CollectRig } from './collect-rig.ts';

const letter = (n: number): string => `Subject: letter ${n}\r\n\r\nnumber ${n}\r\n.dot\r\n..\r\n`;
const letters = (count: number): string[] => Array.from({ length: count }, (_, i) => letter(i + 1));

async function server(bodies: readonly (string | Buffer)[] = []): Promise<RemotePop3> {
  const remote = await RemotePop3.start(bodies);
  onTestFinished(() => remote.stop());
  return remote;
}

describe('a good server', () => {
  it('has its messages collected in their order, dots undone, and deleted after that', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(5))];
    expect(await rig.poll(remote.port)).toMatchObject({ wanted: 5, collected: 5, deleted: 5, failure: null });
    expect(await rig.inbox()).toEqual(letters(5));
    expect(remote.messages).toEqual([]);
  });

  it.each([1, 2, 3, 5, 7])('may cut its answers into pieces of %i bytes', async (size) => {
    const bodies = [
      ...letters(3),
      '',
      '\r\n',
      '.\r\n',
      'Subject: x\r\n\r\n\r\n.\r\n..x\r\n\r\n',
      'no end of line',
    ];
    const [rig, remote] = [await CollectRig.start(), await server(bodies)];
    remote.chunk = size;
    expect(await rig.poll(remote.port)).toMatchObject({ collected: bodies.length, failure: null });
    const whole = (body: string) => (body.endsWith('\r\n') ? body : `${body}\r\n`);
    expect(await rig.inbox()).toEqual(bodies.map(whole));
  });

  it('is asked for one message at a time when it offers no PIPELINING', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(4))];
    remote.capabilities = ['UIDL'];
    expect(await rig.poll(remote.port)).toMatchObject({ collected: 4, failure: null });
    expect(await rig.inbox()).toEqual(letters(4));
  });

  it('without CAPA and UIDL has each message collected once', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(3))];
    remote.script = { CAPA: '-ERR what?', UIDL: '-ERR what?' };
    expect(await rig.poll(remote.port, { keepDays: null })).toMatchObject({ collected: 3, failure: null });
    remote.messages.push({ uid: '', body: letter(4) });
    expect(await rig.poll(remote.port, { keepDays: null })).toMatchObject({ collected: 1, failure: null });
    expect(await rig.poll(remote.port, { keepDays: 0 })).toMatchObject({ collected: 0, deleted: 4 });
    expect(await rig.inbox()).toEqual(letters(4));
    expect(remote.messages).toEqual([]);
  });

  it('keeps 8-bit bytes as they are; bare line ends become CRLF, and NUL goes', async () => {
    const latin1 = Buffer.from('Subject: \xe4\r\n\r\n\xff\xfe\x80\r\n', 'latin1');
    const odd = 'Subject: odd\n\nbare LF\nbare CR\rNUL\0\r\n';
    const [rig, remote] = [await CollectRig.start(), await server([latin1, odd])];
    remote.chunk = 3;
    expect(await rig.poll(remote.port)).toMatchObject({ collected: 2, left: 0, failure: null });
    expect(await rig.inbox()).toEqual([
      latin1.toString('latin1'),
      'Subject: odd\r\n\r\nbare LF\r\nbare CR\r\nNUL\r\n',
    ]);
  });

  it('keeps messages for as many days as was said', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(2))];
    expect(await rig.poll(remote.port, { keepDays: 3 })).toMatchObject({ collected: 2, deleted: 0 });
    await rig.queue.store.transaction((tx) =>
      tx.run(`UPDATE collected_messages SET at = at - 3 * 86400000 WHERE uid = 'uid-1'`),
    );
    expect(await rig.poll(remote.port, { keepDays: 3 })).toMatchObject({ collected: 0, deleted: 1 });
    expect(remote.messages.map(({ uid }) => uid)).toEqual(['uid-2']);
  });
});

describe('a connection that breaks', () => {
  it('after any byte loses nothing, takes nothing twice, and deletes nothing that is not here', async () => {
    const rig = await CollectRig.start();
    const remote = await server(letters(3));
    for (let dropAfter = 1; remote.messages.length > 0; dropAfter += 7) {
      remote.dropAfter = dropAfter;
      await rig.poll(remote.port);
      const here = await rig.inbox();
      for (const body of letters(3)) {
        const there = remote.messages.some((one) => one.body === body);
        expect(there || here.includes(body)).toBe(true);
      }
      expect(new Set(here).size).toBe(here.length);
    }
    expect((await rig.inbox()).toSorted()).toEqual(letters(3));
  });

  it('before the answer to QUIT has the messages deleted the next time', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(2))];
    remote.script = { QUIT: 'close' };
    expect((await rig.poll(remote.port)).failure).toMatch(/^collector\.lost/);
    expect(remote.messages).toHaveLength(2);
    remote.script = {};
    expect(await rig.poll(remote.port)).toMatchObject({ collected: 0, deleted: 2, failure: null });
    expect(await rig.inbox()).toEqual(letters(2));
  });
});

describe('UIDs', () => {
  it('given twice: different messages are both taken, and neither twice', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(3))];
    for (const message of remote.messages) message.uid = 'same';
    expect(await rig.poll(remote.port, { keepDays: null })).toMatchObject({ collected: 3, failure: null });
    expect(await rig.poll(remote.port, { keepDays: null })).toMatchObject({ collected: 0, failure: null });
    expect(await rig.poll(remote.port)).toMatchObject({ collected: 0, deleted: 3, failure: null });
    expect(await rig.inbox()).toEqual(letters(3));
    expect(remote.messages).toEqual([]);
  });

  it('given to the same message twice: it is taken once', async () => {
    const [rig, remote] = [await CollectRig.start(), await server([letter(1), letter(1)])];
    for (const message of remote.messages) message.uid = 'same';
    await rig.poll(remote.port);
    await rig.poll(remote.port);
    expect(await rig.inbox()).toEqual([letter(1)]);
    expect(remote.messages).toEqual([]);
  });

  it('of the same bytes differ: these are two messages', async () => {
    const [rig, remote] = [await CollectRig.start(), await server([letter(1), letter(1)])];
    await rig.poll(remote.port);
    remote.messages = [{ uid: 'uid-3', body: letter(1) }];
    await rig.poll(remote.port);
    expect(await rig.inbox()).toEqual([letter(1), letter(1), letter(1)]);
  });

  it('that all change bring nothing a second time', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(3))];
    await rig.poll(remote.port, { keepDays: null });
    for (const message of remote.messages) message.uid = `new-${message.uid}`;
    remote.messages.push({ uid: 'new-uid-4', body: letter(4) });
    expect(await rig.poll(remote.port, { keepDays: null })).toMatchObject({ wanted: 4, collected: 1 });
    expect(await rig.poll(remote.port, { keepDays: null })).toMatchObject({ wanted: 0, collected: 0 });
    expect(await rig.inbox()).toEqual(letters(4));
  });

  it('of deleted messages may be given to new ones', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(2))];
    await rig.poll(remote.port);
    remote.messages = [
      { uid: 'uid-1', body: letter(3) },
      { uid: 'uid-2', body: letter(4) },
    ];
    expect(await rig.poll(remote.port)).toMatchObject({ collected: 2, deleted: 2 });
    expect(await rig.inbox()).toEqual(letters(4));
  });

  it('of messages that the server says to have deleted and has not', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(2))];
    const before = remote.messages;
    await rig.poll(remote.port);
    remote.messages = before;
    expect(await rig.poll(remote.port)).toMatchObject({ collected: 0, deleted: 2 });
    expect(await rig.inbox()).toEqual(letters(2));
  });
});

describe('a login', () => {
  it.each([
    [['SASL PLAIN LOGIN'], /^AUTH PLAIN /],
    [['SASL LOGIN'], /^AUTH LOGIN$/],
    [['USER'], /^USER joe$/],
    [[], /^USER joe$/],
  ])('is made as the server can (%j)', async (capabilities, command) => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(1))];
    remote.capabilities = capabilities;
    expect(await rig.poll(remote.port)).toMatchObject({ collected: 1, failure: null });
    expect(remote.commands.find((line) => command.test(line))).toBeDefined();
  });

  it('that fails is tried once, and its password stands nowhere', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(1))];
    remote.script = { login: (line) => `-ERR [AUTH] you said ${line} wrong-password` };
    const { failure } = await rig.poll(remote.port, {}, 'wrong-password');
    expect(failure).toMatch(/^collector\.login: 127\.0\.0\.1 did not let joe in: \[AUTH\]/);
    expect(remote.commands.filter((line) => /^(AUTH|PASS)/.test(line))).toHaveLength(1);
    const seen = [failure, ...rig.lines, ...rig.sessions.all.flatMap(({ lines }) => lines)].join('\n');
    expect(seen).not.toMatch(/wrong-password|d3JvbmctcGFzc3dvcmQ|AGpvZQB3cm9uZy/);
  });

  it.each(['[IN-USE] locked', '[LOGIN-DELAY] too often', '[SYS/TEMP] later'])(
    'refused with %s is not about the password',
    async (text) => {
      const [rig, remote] = [await CollectRig.start(), await server()];
      remote.script = { login: `-ERR ${text}` };
      expect((await rig.poll(remote.port)).failure).toMatch(/^collector\.busy/);
    },
  );

  it('never goes over a connection whose TLS was taken out', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(1))];
    remote.script = { STLS: '-ERR what?' };
    expect((await rig.poll(remote.port, { tls: 'starttls' })).failure).toMatch(
      /^collector\.tls: .* offers no TLS/,
    );
    expect(remote.commands.filter((line) => /^(AUTH|USER|PASS)/.test(line))).toEqual([]);
  });

  it('goes over TLS when STLS is there', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(2))];
    expect(await rig.poll(remote.port, { tls: 'starttls' })).toMatchObject({ collected: 2, failure: null });
    expect(rig.sessions.all[0]?.tls).toMatch(/^TLSv1/);
  });

  it('is not made when somebody speaks behind the answer to STLS', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(1))];
    remote.script = { STLS: '+OK begin\r\n+OK logged in\r\n' };
    expect((await rig.poll(remote.port, { tls: 'starttls' })).failure).toMatch(/^collector\.(tls|protocol)/);
    expect(remote.commands.filter((line) => /^(AUTH|USER|PASS)/.test(line))).toEqual([]);
  });

  it('of a host beyond loopback needs TLS', async () => {
    const rig = await CollectRig.start();
    expect((await rig.poll(1, { host: '192.0.2.1' })).failure).toMatch(/^collector\.login: .*without TLS/);
  });
});

describe('a server that talks nonsense', () => {
  it.each([
    ['an endless line', { UIDL: 'endless' }, /^collector\.protocol/],
    ['an endless greeting', { greeting: 'endless' }, /^collector\.protocol/],
    ['no POP3', { greeting: '220 smtp.example.net ESMTP' }, /^collector\.protocol/],
    ['a closed door', { greeting: 'close' }, /^collector\.lost/],
  ])('%s is a failure', async (_, script, failure) => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(1))];
    remote.script = script;
    expect((await rig.poll(remote.port)).failure).toMatch(failure);
    expect(rig.sessions.live).toEqual([]);
    expect(remote.messages).toHaveLength(1);
  });

  it('or does not give a message leaves it there; the others come', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(3))];
    remote.script.RETR = (line) => (line === 'RETR 2' ? '-ERR it is broken' : undefined);
    expect(await rig.poll(remote.port)).toMatchObject({
      collected: 2,
      left: 1,
      leftReason: 'the server does not give it: it is broken',
      failure: null,
    });
    expect(remote.messages.map(({ uid }) => uid)).toEqual(['uid-2']);
  });
});

describe('our own door', () => {
  it('shut: nothing is fetched', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(1))];
    rig.refusal = { code: 452, enhancedCode: '4.3.1', text: 'Insufficient storage' };
    expect((await rig.poll(remote.port)).failure).toBe(
      'collector.not_taken: no mail is taken: Insufficient storage',
    );
    expect(remote.commands).not.toContain('RETR 1');
  });

  it('that closes in the midst of it loses nothing', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(20))];
    rig.beforeAccept = async (id) => {
      if (id > 7) throw new Error('the disk is full');
    };
    expect((await rig.poll(remote.port)).failure).toMatch(/^collector\.not_taken: .*the disk is full/);
    expect(remote.messages).toHaveLength(20);
    rig.beforeAccept = async () => {};
    expect(await rig.poll(remote.port)).toMatchObject({ deleted: 20, failure: null });
    expect((await rig.inbox()).toSorted()).toEqual(letters(20).toSorted());
  });

  it('leaves what is too large where it is, and says so', async () => {
    const [rig, remote] = [await CollectRig.start(), await server([letter(1), 'x'.repeat(5_000), letter(2)])];
    rig.maxMessageBytes = 4_000;
    expect(await rig.poll(remote.port)).toMatchObject({ collected: 2, left: 1, failure: null });
    expect(remote.messages).toHaveLength(1);
    expect(remote.commands).not.toContain('RETR 2');
  });

  it('leaves a message in a loop where it is, and does not fetch it again', async () => {
    const loop = `${'Received: from x by y\r\n'.repeat(200)}Subject: loop\r\n\r\nx\r\n`;
    const [rig, remote] = [await CollectRig.start(), await server([loop])];
    expect(await rig.poll(remote.port)).toMatchObject({ collected: 0, left: 1 });
    expect(await rig.poll(remote.port)).toMatchObject({ wanted: 0, left: 0, deleted: 0 });
    expect(remote.messages).toHaveLength(1);
  });

  it('without the account ends the poll; a full mailbox leaves all where it is', async () => {
    const [rig, remote] = [await CollectRig.start(), await server(letters(1))];
    rig.resolutions.set('ann@example.com', {
      kind: 'refused',
      temporary: true,
      reason: 'the mailbox is full',
    });
    expect((await rig.poll(remote.port)).failure).toMatch(/the mailbox is full/);
    rig.resolutions.clear();
    expect((await rig.poll(remote.port)).failure).toMatch(/is no address of ours/);
    expect(remote.messages).toHaveLength(1);
  });
});
