/** The mail servers of others, on loopback: one takes everything, one greylists, one is slow, one refuses, one is down. */
import { createServer } from 'node:net';
import { SMTPServer } from 'smtp-server';

const greylistMs = 40_000;

export async function startRemotes() {
  const servers = {
    'example.net': await listen({}),
    'careful.test': await listen({ onRcptTo: greylisting() }),
    'slow.test': await listen({ delayMs: 9_000 }),
    'full.test': await listen({ onRcptTo: refusing() }),
    'busy.test': await listen({ onMailFrom: busy }),
  };
  const ports = Object.fromEntries(Object.entries(servers).map(([domain, { port }]) => [domain, port]));
  return {
    ports: { ...ports, 'down.test': await closedPort() },
    stop: () => Promise.all(Object.values(servers).map(({ stop }) => stop())),
  };
}

function listen({ onRcptTo, onMailFrom, delayMs = 300 }) {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    ...(onRcptTo && { onRcptTo }),
    ...(onMailFrom && { onMailFrom }),
    onData(stream, _session, done) {
      stream.resume();
      stream.once('end', () =>
        setTimeout(() => done(null, 'taken, thank you'), delayMs * (0.3 + Math.random())),
      );
    },
  });
  server.on('error', () => undefined);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({
        port: server.server.address().port,
        stop: () => new Promise((stopped) => server.close(stopped)),
      }),
    );
  });
}

const reply = (responseCode, text) => Object.assign(new Error(text), { responseCode });

function greylisting() {
  const first = new Map();
  return ({ address }, session, done) => {
    const key = `${session.envelope.mailFrom?.address} ${address}`;
    const since = first.get(key) ?? Date.now();
    first.set(key, since);
    if (Date.now() - since > greylistMs) return done();
    done(reply(451, '4.7.1 Greylisted, please try again in a minute'));
  };
}

const refusing = () => (_address, _session, done) =>
  done(
    Math.random() < 0.6
      ? reply(452, '4.2.2 The mailbox is over its quota, try again later')
      : reply(550, '5.1.1 There is no such user here'),
  );

function busy(_address, _session, done) {
  if (Math.random() < 0.3) return done();
  done(reply(421, '4.7.0 Too many connections from your network'));
}

/** A port that was just given and is closed again: nobody is there. */
function closedPort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
