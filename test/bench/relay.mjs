/** The whole way: in, queue, out to smtp-sink, until the last message has arrived. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Maild, sinkPort } from './maild.mjs';
import { postfix } from './postfix.mjs';
import { greeted, median, needed, row, runs, send, verdict } from './tools.mjs';

const load = { sessions: 10, count: 3000 };

export async function relay() {
  const ours = [];
  const theirs = [];
  for (let i = 0; i < runs; i++) {
    const maild = new Maild();
    await maild.start({ delivering: true });
    ours.push(await through(maild));
    await maild.dispose();
    if (postfix === null) continue;
    await postfix.start({ delivering: true });
    theirs.push(await through(postfix));
    await postfix.stop();
  }
  const rate = `${Math.round(median(ours))}/s`;
  if (postfix === null) row('10 sessions', rate);
  else
    row(
      '10 sessions',
      rate,
      `${Math.round(median(theirs))}/s`,
      `  ${verdict(median(ours) / median(theirs), 1.2)}`,
    );
}

/** Messages a second, from the first byte in to the last message out, by a server that delivers. */
export async function through(server) {
  // It ends by itself with the last message.
  const args = ['-u', 'nobody', '-M', String(load.count), `127.0.0.1:${sinkPort}`, '1000'];
  const sink = spawn(needed('smtp-sink'), args, { stdio: 'ignore' });
  const arrived = once(sink, 'exit');
  await greeted(sinkPort);
  const begin = process.hrtime.bigint();
  await send(server.port, load);
  await arrived;
  return load.count / (Number(process.hrtime.bigint() - begin) / 1e9);
}
