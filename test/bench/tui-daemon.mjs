/**
 * A daemon in a process of its own for measuring the full-screen program: log lines and session changes at a set rate,
 * nothing behind them. `node tui-daemon.mjs SOCKET LINES_A_SECOND CHANGES_A_SECOND STATUS_A_SECOND`
 */
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const [socketPath, ...rates] = process.argv.slice(2);
const [lineRate = 0, changeRate = 0, statusRate = 1] = rates.map(Number);
/** Events leave in batches, as a busy daemon's do. */
const tickMs = 10;
const now = () => new Date().toISOString();

const counters = {
  since: now(),
  processedMessages: 0,
  virusesDetected: 0,
  spamMessages: 0,
  deliveredMessages: 0,
  bouncedMessages: 0,
  rejectedMessages: 0,
  collectedMessages: 0,
};
const queue = { total: 0, ready: 0, active: 0, deferred: 0, held: 0, bytes: 0, oldestAt: null };
let lineSeq = 0;
let changeSeq = 0;
let statusSeq = 0;

const line = () => ({
  seq: ++lineSeq,
  time: now(),
  level: lineSeq % 40 === 0 ? 'warn' : 'info',
  category: lineSeq % 2 === 0 ? 'smtp' : 'delivery',
  message: 'message accepted',
  sessionId: 1 + (lineSeq % 500),
  queueId: lineSeq,
  remoteAddress: '192.0.2.10',
  from: 'bob@example.org',
  reply: '250 2.0.0 Ok: queued as 4F1A22',
  durationMs: lineSeq % 900,
});
const session = (id) => ({
  id,
  type: 'smtp',
  number: id,
  user: null,
  remoteAddress: `198.51.100.${id % 250}`,
  remotePort: 41_022,
  localPort: 25,
  tls: 'TLSv1.3',
  startedAt: now(),
  activeSeconds: 31,
  idleSeconds: 0,
  state: 'data',
  detail: `DATA, ${changeSeq} bytes so far`,
  lastCommand: 'DATA',
  bytesIn: changeSeq,
  bytesOut: 1_400,
  messages: 0,
});
const status = () => {
  statusSeq += 1;
  return {
    service: {
      name: 'mail1.example.org',
      version: '0.1.0',
      pid: process.pid,
      startedAt: counters.since,
      nodeVersion: process.version,
      stateDir: '/var/lib/maild',
      socket: socketPath,
      configFile: null,
      memoryBytes: 1,
      loopDelayMs: 1,
    },
    server: {
      state: 'running',
      startedAt: counters.since,
      paused: { receiving: false, delivering: false, collecting: false, details: {} },
    },
    database: {
      engine: 'SQLite',
      version: '3.52.0',
      path: '/var/lib/maild/maild.db',
      sizeBytes: 1,
      schemaVersion: 1,
      state: 'ok',
      problem: null,
    },
    listeners: [],
    connection: { state: 'idle', name: null, lastPollAt: null, lastPollResult: null, nextPollAt: null },
    counters: { ...counters, processedMessages: statusSeq * 7 },
    totals: counters,
    sessions: {
      smtp: 500,
      submission: 0,
      pop3: 0,
      imap: 0,
      minger: 0,
      smtpClient: 0,
      pop3Client: 0,
      imapClient: 0,
    },
    queue,
    scanners: [],
    warnings: { errors: 0, warnings: 0, notices: 0, list: [] },
    housekeeper: { state: 'idle', task: null, lastRunAt: null, nextRunAt: null },
    activity: [line()],
  };
};

const snapshots = {
  log: () => Array.from({ length: 5_000 }, line),
  sessions: () => Array.from({ length: 500 }, (_, at) => session(at + 1)),
  session: () => ({ session: session(1), exchanges: [], dropped: 0 }),
  queue: () => queue,
  connections: () => [],
  status,
};
const answers = {
  'service.hello': () => ({ name: 'maild', version: '0.1.0', protocol: 1, hostname: 'mail1' }),
  'queue.list': () => ({ messages: [], next: null }),
  'queue.count': () => ({ messages: 0, bytes: 0 }),
  'housekeeper.list': () => ({ tasks: [] }),
  'events.unsubscribe': () => ({ ended: true }),
};

createServer((client) => {
  const subscribed = new Map();
  let seq = 0;
  let lastId = 0;
  const event = (topic, data) =>
    `${JSON.stringify({ jsonrpc: '2.0', method: 'event', params: { subscription: subscribed.get(topic), topic, seq: ++seq, data } })}\n`;
  const due = { log: 0, sessions: 0, status: 0 };
  const timer = setInterval(() => {
    let text = '';
    const add = (topic, rate, make) => {
      if (!subscribed.has(topic)) return;
      for (due[topic] += (rate * tickMs) / 1_000; due[topic] >= 1; due[topic]--) text += event(topic, make());
    };
    add('log', lineRate, line);
    add('sessions', changeRate, () => ({ change: 'changed', session: session(1 + (++changeSeq % 500)) }));
    add('status', statusRate, status);
    if (text !== '') client.write(text);
  }, tickMs);
  client.on('error', () => client.destroy()).on('close', () => clearInterval(timer));
  createInterface({ input: client })
    .on('error', () => undefined)
    .on('line', (text) => {
      const { id, method, params } = JSON.parse(text);
      let result = answers[method]?.() ?? {};
      if (method === 'events.subscribe') {
        lastId += 1;
        for (const topic of params.topics) subscribed.set(topic, lastId);
        result = {
          subscription: lastId,
          snapshot: Object.fromEntries(params.topics.map((topic) => [topic, snapshots[topic]()])),
        };
      }
      if (method === 'events.unsubscribe')
        for (const [topic, subscription] of subscribed)
          if (subscription === params.subscription) subscribed.delete(topic);
      client.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);
    });
}).listen(socketPath, () => process.stdout.write('ready\n'));
