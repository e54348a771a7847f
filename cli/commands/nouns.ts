/** Every noun of the command line, in the order in which help shows them. */
import type { Noun } from '../cli.ts';
import { accounts } from './accounts.ts';
import { aliases } from './aliases.ts';
import { api } from './api.ts';
import { audit } from './audit.ts';
import { blocks } from './blocks.ts';
import { completion } from './completion.ts';
import { config } from './config.ts';
import { connectNow } from './connect-now.ts';
import { connections } from './connections.ts';
import { doctor } from './doctor.ts';
import { domains } from './domains.ts';
import { housekeeper } from './housekeeper.ts';
import { log } from './log.ts';
import { mailboxes } from './mailboxes.ts';
import { minger } from './minger.ts';
import { quarantine } from './quarantine.ts';
import { queue } from './queue.ts';
import { server } from './server.ts';
import { sessions } from './sessions.ts';
import { status } from './status.ts';
import { trace } from './trace.ts';
import { tui } from './tui.ts';

export const nouns: readonly Noun[] = [
  status,
  tui,
  server,
  sessions,
  blocks,
  queue,
  connections,
  connectNow,
  quarantine,
  log,
  trace,
  domains,
  accounts,
  aliases,
  mailboxes,
  doctor,
  housekeeper,
  minger,
  audit,
  config,
  api,
  completion,
];
