/**
 * Tells systemd how far the service is (sd_notify(3)), by its own program, because Node cannot send to a Unix
 * datagram socket. The unit needs `NotifyAccess=all`, as a child does the telling.
 */
import { spawn } from 'node:child_process';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';

export type ServiceNews = 'READY=1' | 'STOPPING=1';

/** Resolves when it has been told, or could not be; at once without systemd. */
export function tellSystemd(
  news: ServiceNews,
  env: Readonly<Record<string, string | undefined>>,
  log: Logger,
): Promise<void> {
  if (!env.NOTIFY_SOCKET) return Promise.resolve();
  return new Promise((resolve) => {
    const child = spawn('systemd-notify', [news], { stdio: 'ignore', env, timeout: 5_000 });
    child.on('error', (error) => {
      log.warn('systemd could not be told', { news, error: errorText(error) });
      resolve();
    });
    child.on('exit', (code) => {
      if (code !== 0) log.warn('systemd could not be told', { news, code });
      resolve();
    });
  });
}
