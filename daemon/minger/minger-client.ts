/** Minger as a client: one question to another server, over TCP or UDP. draft-hathcock-minger-06. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIP, isIPv6, type Socket as TcpSocket } from 'node:net';
import { parseAddress } from '../../shared/address.ts';
import type { Result } from '../../shared/api/index.ts';
import type { Clock } from '../clock.ts';
import { errorText, MaildError } from '../errors.ts';
import type { DnsResolver } from '../net/resolver.ts';
import { makeDigest } from './digest.ts';
import { maxQueryBytes } from './minger-query.ts';

export interface MingerQuestion {
  readonly address: string;
  /** Name or address. */
  readonly server: string;
  readonly port?: number | undefined;
  readonly transport?: 'tcp' | 'udp' | undefined;
  readonly secret?: string | undefined;
}

export const mingerPort = 4069;
const attemptMs = 5_000;
/** A datagram may get lost: it is sent again so often while there is no answer. */
const repeatMs = 1_500;
const meanings = ['malformed', 'denied', 'credentials', 'unknown', 'inactive', 'active'] as const;

export class MingerClient {
  readonly #dns: DnsResolver;
  readonly #clock: Clock;

  constructor(dns: DnsResolver, clock: Clock) {
    this.#dns = dns;
    this.#clock = clock;
  }

  /** Throws MaildError `params.invalid`, `minger.unreachable`, `minger.protocol`, or DnsError. */
  async query(question: MingerQuestion): Promise<Result<'minger.query'>> {
    const { address: mailbox, server, port = mingerPort, transport = 'tcp', secret } = question;
    if (parseAddress(mailbox) === null)
      throw new MaildError('params.invalid', `${JSON.stringify(mailbox)} is not a mail address`, {
        details: { path: 'address' },
      });
    const line = secret === undefined ? mailbox : `${mailbox} d=${makeDigest(secret, mailbox)}`;
    const address = await this.#address(server);
    const began = this.#clock.monotonic();
    const answer = await (transport === 'tcp' ? overTcp : overUdp)(address, port, `${line}\r\n`).catch(
      (error) => {
        throw new MaildError('minger.unreachable', `${server} port ${port}: ${errorText(error)}`, {
          temporary: true,
          cause: error,
        });
      },
    );
    const status = readStatus(answer, mailbox);
    const meaning = meanings[status ?? -1];
    if (status === null || meaning === undefined)
      throw new MaildError(
        'minger.protocol',
        `${server} port ${port}: this is no answer: ${JSON.stringify(answer)}`,
      );
    const durationMs = Math.round(this.#clock.monotonic() - began);
    return { mailbox, status, meaning, server: address, port, transport, durationMs };
  }

  async #address(server: string): Promise<string> {
    if (isIP(server) !== 0) return server;
    if (server.toLowerCase() === 'localhost') return '127.0.0.1';
    const found = await this.#dns.ipv4(server).catch(() => this.#dns.ipv6(server));
    return found[0] ?? server;
  }
}

/** Null when it is no answer to this question. */
function readStatus(answer: string, mailbox: string): number | null {
  const text = answer.replace(/\r?\n$/, '');
  const begin = text.slice(0, mailbox.length);
  const [, digit] = /^ ([0-5])( |$)/.exec(text.slice(mailbox.length)) ?? [];
  return begin.toLowerCase() === mailbox.toLowerCase() && digit !== undefined ? Number(digit) : null;
}

async function overTcp(address: string, port: number, query: string): Promise<string> {
  const socket = connect({ host: address, port });
  return within(
    socket,
    (signal) => tcpAnswer(socket, query, signal),
    () => socket.destroy(),
  );
}

async function tcpAnswer(socket: TcpSocket, query: string, signal: AbortSignal): Promise<string> {
  await once(socket, 'connect', { signal });
  socket.write(query);
  let answer = '';
  socket.setEncoding('utf8');
  for await (const chunk of socket) {
    answer += chunk;
    if (answer.includes('\n') || answer.length > maxQueryBytes) break;
  }
  if (answer === '') throw new Error('it closed the connection without an answer');
  return answer.slice(0, maxQueryBytes);
}

async function overUdp(address: string, port: number, query: string): Promise<string> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  return within(
    socket,
    (signal) => udpAnswer(socket, address, port, query, signal),
    () => socket.close(),
  );
}

async function udpAnswer(
  socket: UdpSocket,
  address: string,
  port: number,
  query: string,
  signal: AbortSignal,
): Promise<string> {
  // Connected: only answers from there are heard, and a port that nobody listens on is told of at once.
  socket.connect(port, address);
  await once(socket, 'connect', { signal });
  socket.send(query);
  const again = setInterval(() => socket.send(query), repeatMs);
  try {
    const [answer] = (await once(socket, 'message', { signal })) as [Buffer];
    return answer.toString('utf8', 0, maxQueryBytes);
  } finally {
    clearInterval(again);
  }
}

/** Ends the socket, whatever comes of it. */
async function within<S extends { on(event: 'error', listener: (error: Error) => void): unknown }>(
  socket: S,
  ask: (signal: AbortSignal) => Promise<string>,
  end: () => void,
): Promise<string> {
  const late = AbortSignal.timeout(attemptMs);
  const failed = new Promise<never>((_, reject) => {
    socket.on('error', reject);
    late.addEventListener('abort', () => reject(new Error(`no answer within ${attemptMs / 1_000} seconds`)));
  });
  try {
    const asked = ask(late);
    asked.catch(() => {});
    return await Promise.race([asked, failed]);
  } finally {
    failed.catch(() => {});
    end();
  }
}
