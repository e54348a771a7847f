/**
 * The queue with 1,000,000 messages: accepting, scheduling, memory and counts against a queue of 1,000. What is queued is
 * due tomorrow, so that the scheduler has it before its eyes and nothing but the measure to deliver.
 */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sqlite3 from 'sqlite3';
import { Maild } from './maild.mjs';
import { through } from './relay.mjs';
import { median, row, runs, send, timed, verdict } from './tools.mjs';

const few = 1_000;
const many = Number(process.env.MESSAGES ?? 1_000_000);
const load = { sessions: 10, count: 3000 };
/** For the check of a database of 5 GB. */
const settleMs = 10_000;

export async function million() {
  const maild = new Maild();
  await maild.start();
  await send(maild.port, { sessions: 1, count: 1 });
  const accepting = {};
  const relaying = {};
  for (const size of [few, many]) {
    await maild.stop();
    await grow(join(maild.stateDir, 'maild.db'), size);
    await maild.start({ delivering: true });
    // After the start maild looks at every page of the database once; what it does meanwhile is told, and not compared.
    const first = await through(maild);
    await wait(settleMs);
    relaying[size] = median(await several(() => through(maild)));
    await maild.mailctl('server', 'pause', 'delivering');
    accepting[size] = median(await several(() => send(maild.port, load)));
    const status =
      (await maild.mailctl('status', '--json')).seconds -
      (await timed(process.execPath, ['-e', '0'])).seconds;
    row(`${size} queued: accept at 10 sessions`, `${Math.round(accepting[size])}/s`);
    row(`${size} queued: the whole way`, `${Math.round(relaying[size])}/s`);
    row(`${size} queued: the same right after the start`, `${Math.round(first)}/s`);
    row(
      `${size} queued: memory, status`,
      `${maild.rssMb().toFixed(0)} MB`,
      `${(status * 1000).toFixed(0)} ms`,
    );
  }
  row('accepting with many, of that with few', '', '', `  ${verdict(accepting[many] / accepting[few], 0.8)}`);
  row(
    'the whole way with many, of that with few',
    '',
    '',
    `  ${verdict(relaying[many] / relaying[few], 0.8)}`,
  );
  row(
    'memory',
    '',
    `${maild.rssMb().toFixed(0)} MB`,
    `  ${maild.rssMb() < 250 ? 'ok' : 'MISSED'} (< 250 MB)`,
  );
  await maild.dispose();
}

async function several(once) {
  const rates = [];
  for (let i = 0; i < runs; i++) rates.push(await once());
  return rates;
}

/** Copies the first message of a stopped maild until there are so many: quicker than to send them. */
async function grow(path, size) {
  const database = new sqlite3.Database(path);
  const exec = (sql) =>
    new Promise((resolve, reject) => database.exec(sql, (error) => (error ? reject(error) : resolve())));
  await exec(`
    PRAGMA synchronous = OFF; BEGIN;
    CREATE TEMP TABLE numbers AS
      WITH RECURSIVE n (id) AS (SELECT (SELECT max(id) FROM messages) + 1 UNION ALL SELECT id + 1 FROM n
                                 WHERE id < ${size})
      SELECT id FROM n WHERE id <= ${size};
    INSERT INTO contents SELECT n.id, c.size, c.body, c.file, 1 FROM numbers AS n, contents AS c
      WHERE c.id = (SELECT min(id) FROM contents);
    CREATE TEMP TABLE first AS SELECT * FROM messages WHERE id = (SELECT min(id) FROM messages);
    CREATE TEMP TABLE copies AS SELECT first.*, n.id AS copy FROM numbers AS n, first;
    UPDATE copies SET id = copy, content_id = copy, next_attempt_at = next_attempt_at + 86400000;
    ALTER TABLE copies DROP COLUMN copy;
    INSERT INTO messages SELECT * FROM copies;
    INSERT INTO recipients SELECT n.id, r.n, r.address, 'domain' || (n.id % 1000) || '.test', r.state, r.due_at + 86400000, 0,
      NULL, NULL, 0 FROM numbers AS n, recipients AS r WHERE r.message_id = (SELECT min(id) FROM messages);
    INSERT OR IGNORE INTO destinations SELECT DISTINCT domain, due_at FROM recipients WHERE due_at IS NOT NULL;
    COMMIT;`);
  await new Promise((resolve) => database.close(resolve));
}
