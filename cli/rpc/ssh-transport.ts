/**
 * Reaches a maild on another machine: runs `mailctl --stdio` there through ssh, which relays to its control socket.
 *
 * ssh does what it always does: keys, agent, known hosts, questions on the terminal.
 */
import { spawn } from 'node:child_process';
import { ClientError } from './client-error.ts';
import type { Transport } from './transport.ts';

/** Neither may begin with `-`: ssh would take it for an option. */
const hostPattern = /^[a-z0-9_][a-z0-9_.-]*$/i;
const ipv6Pattern = /^\[([0-9a-f:.]+(?:%[a-z0-9]+)?)\]$/i;
const userPattern = /^[a-z0-9_][a-z0-9_.+@-]*$/i;

/** Arguments of ssh for `ssh://[user@]host[:port]`. Throws ClientError `usage`. */
export function sshArguments(address: string): string[] {
  const url = URL.canParse(address) ? new URL(address) : null;
  const name =
    url && (ipv6Pattern.exec(url.hostname)?.[1] ?? (hostPattern.test(url.hostname) && url.hostname));
  // Not decoded: what would need an escape is no user name for ssh.
  const user = url?.username ?? '';
  const plain = url?.protocol === 'ssh:' && !url.password && !url.search && /^\/?$/.test(url.pathname);
  if (!url || !plain || !name || (user && !userPattern.test(user))) {
    throw new ClientError('usage', `not an address of the form ssh://[user@]host[:port]: ${address}`);
  }
  const port = url.port ? ['-p', url.port] : [];
  return [...port, user ? `${user}@${name}` : name, '--', 'mailctl', '--stdio'];
}

/** `program` is ssh, except in tests. */
export function sshTransport(address: string, program = 'ssh'): Transport {
  const child = spawn(program, sshArguments(address), { stdio: ['pipe', 'pipe', 'inherit'] });
  // Its end is told by `ended`.
  child.stdin.on('error', () => {});
  const ended = new Promise<ClientError>((settle) => {
    child.once('error', (cause) =>
      settle(new ClientError('unreachable', `cannot run ${program}: ${cause.message}`, { cause })),
    );
    child.once('close', (status) => settle(sshError(address, status)));
  });
  return {
    input: child.stdout,
    output: child.stdin,
    ended,
    close() {
      // The end of input ends the relay, and that ends ssh.
      child.stdin.end();
      child.stdout.destroy();
    },
  };
}

const commandNotFound = 127;
const sshFailed = 255;

function sshError(address: string, status: number | null): ClientError {
  if (status === commandNotFound) {
    return new ClientError('unreachable', `there is no mailctl on ${address}`, {
      hint: 'Install maild there; its mailctl must be in the PATH of a command run by ssh.',
    });
  }
  if (status === sshFailed) return new ClientError('unreachable', `ssh cannot reach ${address}`);
  return new ClientError('unreachable', `the connection through ${address} has ended`);
}
