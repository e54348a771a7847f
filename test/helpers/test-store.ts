/** A store in a folder of its own, gone after the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../daemon/clock.ts';
import { seenProgram } from '../../daemon/connections/seen-program.ts';
import { nullLog } from '../../daemon/log/logger.ts';
import { appendProgram } from '../../daemon/mailboxes/append-program.ts';
import { migrations } from '../../daemon/migrations.ts';
import { acceptProgram } from '../../daemon/queue/accept-program.ts';
import { recordProgram } from '../../daemon/queue/record-program.ts';
import { Store } from '../../daemon/store/store.ts';

export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'maild-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function openTestStore(folder: string, clock: Clock = systemClock): Promise<Store> {
  const store = await Store.open({
    path: join(folder, 'maild.sqlite'),
    migrations,
    programs: [acceptProgram, appendProgram, recordProgram, seenProgram],
    clock,
    log: nullLog.for('server'),
  });
  onTestFinished(() => store.close());
  return store;
}
