/** Every noun of the command line, in the order in which help shows them. */
import type { Noun } from '../cli.ts';
import { accounts } from './accounts.ts';
import { aliases } from './aliases.ts';
import { api } from './api.ts';
import { blocks } from './blocks.ts';
import { completion } from './completion.ts';
import { config } from './config.ts';
import { domains } from './domains.ts';
import { log } from './log.ts';
import { quarantine } from './quarantine.ts';
import { queue } from './queue.ts';
import { server } from './server.ts';
import { sessions } from './sessions.ts';
import { status } from './status.ts';
import { tui } from './tui.ts';

export const nouns: readonly Noun[] = [
  status,
  tui,
  server,
  sessions,
  blocks,
  queue,
  quarantine,
  log,
  domains,
  accounts,
  aliases,
  config,
  api,
  completion,
];
