/** A POP3 mailbox somewhere else, on loopback, that fills by itself: just enough of RFC 1939 for a collector. */
import { createServer } from 'node:net';

const newMailMs = 7_000;
/** So that each step of a poll can be seen. */
const answerMs = 250;

export function startPop3Remote() {
  let count = 0;
  let messages = [];
  const arrive = () => {
    count += 1;
    messages.push({ uid: `demo-${count}`, text: letter(count) });
  };
  for (let n = 0; n < 4; n++) arrive();
  const timer = setInterval(arrive, newMailMs);
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    serve(socket, messages, (left) => {
      messages = [...left, ...messages.slice(left.length)];
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({
        port: server.address().port,
        stop: () => {
          clearInterval(timer);
          for (const socket of sockets) socket.destroy();
          return new Promise((stopped) => server.close(stopped));
        },
      }),
    );
  });
}

function serve(socket, all, commit) {
  const box = [...all];
  const gone = new Set();
  const say = (text) => setTimeout(() => socket.writable && socket.write(`${text}\r\n`), answerMs);
  const listed = (line) =>
    box
      .map((message, at) => [message, at])
      .filter(([, at]) => !gone.has(at))
      .map(line);
  const commands = {
    capa: () => '+OK\r\nUSER\r\nUIDL\r\nTOP\r\n.',
    user: () => '+OK',
    pass: () => '+OK',
    noop: () => '+OK',
    stat: () => `+OK ${box.length} ${box.reduce((sum, { text }) => sum + text.length, 0)}`,
    list: () => `+OK\r\n${listed(([{ text }, at]) => `${at + 1} ${text.length}\r\n`).join('')}.`,
    uidl: () => `+OK\r\n${listed(([{ uid }, at]) => `${at + 1} ${uid}\r\n`).join('')}.`,
    retr: (n) => `+OK\r\n${box[n - 1]?.text ?? ''}\r\n.`,
    dele: (n) => {
      gone.add(n - 1);
      return '+OK';
    },
    quit: () => {
      commit(box.filter((_, at) => !gone.has(at)));
      setTimeout(() => socket.end(), answerMs + 50);
      return '+OK';
    },
  };
  let rest = '';
  socket.on('data', (data) => {
    const lines = `${rest}${data}`.split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [verb = '', argument] = line.split(' ');
      say(commands[verb.toLowerCase()]?.(Number(argument)) ?? '-ERR what?');
    }
  });
  say('+OK a mailbox elsewhere');
}

const letter = (n) =>
  [
    'From: kim@partner.test',
    'To: ann@example.org',
    `Subject: Letter ${n} from another mailbox`,
    `Message-ID: <demo-${n}@partner.test>`,
    `Date: ${new Date().toUTCString()}`,
    '',
    'Dear Ann,',
    '',
    'this one was waiting in my other mailbox.',
  ].join('\r\n');
