/**
 * Minger over UDP: a datagram in, a datagram out, to where it came from.
 *
 * UDP knows no sessions. So that an operator sees who asks, each source has one from its first query until it has been
 * quiet for some seconds; datagrams of sources that are refused or ask too much make none and get no answer.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Timer } from '../clock.ts';
import { errorText } from '../errors.ts';
import { plainAddress } from '../net/network.ts';
import type { Session } from '../sessions/session.ts';
import { maxQueryBytes } from './minger-query.ts';
import type { MingerAnswer } from './minger-service.ts';
import type { MingerNeeds } from './minger-tcp.ts';
import { maskQuery } from './wire-text.ts';

/** A source is seen for so long after its last query. */
const quietMs = 10_000;
/** Looked at so often. */
const sweepMs = 2_000;
/** Sources can be forged: the one that has been quiet for longest gives way. */
const maxSources = 500;
/** For bursts that come while something else is done; the system may allow less. */
const receiveBufferBytes = 1024 * 1024;
/** Queries that wait for the database; more are dropped, and asked again by who cares. */
const maxWaiting = 1_000;

/**
 * An answer is no query: two servers that a forged datagram has set upon each other would answer for ever. No query ends
 * in a word of one digit, for tags have an equals sign.
 */
const looksLikeAnswer = (datagram: Buffer): boolean =>
  / [0-9](\r?\n)?$/.test(datagram.toString('latin1', Math.max(0, datagram.length - 4)));

interface Source {
  readonly session: Session;
  asked: number;
  askedAt: number;
}

export class MingerUdp {
  readonly #needs: MingerNeeds;
  readonly #sources: LRUCache<string, Source>;
  #socket: Socket | null = null;
  #sweeping: Timer | null = null;
  #waiting = 0;

  constructor(needs: MingerNeeds) {
    this.#needs = needs;
    this.#sources = new LRUCache({ max: maxSources, dispose: ({ session }) => session.end() });
  }

  /** Throws the error of the system. */
  async listen(address: string, port: number): Promise<void> {
    const socket = createSocket({
      type: isIPv6(address) ? 'udp6' : 'udp4',
      recvBufferSize: receiveBufferBytes,
    });
    const listening = once(socket, 'listening');
    socket.bind(port, address);
    try {
      await listening;
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.on('error', (error) => this.#needs.log.debug('socket failed', { error: errorText(error) }));
    socket.on('message', (datagram, from) => this.#received(datagram, from));
    this.#socket = socket;
    this.#sweepLater();
  }

  async close(): Promise<void> {
    this.#sweeping?.cancel();
    const socket = this.#socket;
    this.#socket = null;
    this.#sources.clear();
    if (socket !== null) await new Promise<void>((resolve) => socket.close(resolve));
  }

  #received(datagram: Buffer, from: RemoteInfo): void {
    const remoteAddress = plainAddress(from.address);
    const dropped =
      datagram.length === 0 ||
      datagram.length > maxQueryBytes ||
      from.port === 0 ||
      looksLikeAnswer(datagram) ||
      this.#waiting >= maxWaiting ||
      this.#needs.registry.blocked(remoteAddress, null) !== null;
    if (dropped) return;
    const end = /\r?\n$/.exec(datagram.toString('latin1', Math.max(0, datagram.length - 2)))?.[0] ?? '';
    const query = datagram.subarray(0, datagram.length - end.length);
    this.#waiting += 1;
    this.#needs.service
      .answer(query, remoteAddress)
      .then((answer) => answer !== null && this.#send(query, answer, end, from))
      .catch((error: unknown) => this.#needs.log.error('query failed', { error: errorText(error) }))
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  #send(query: Buffer, answer: MingerAnswer, end: string, from: RemoteInfo): void {
    const socket = this.#socket;
    if (socket === null) return;
    const bytes = Buffer.from(answer.text + end);
    const source = this.#source(from, socket);
    source.asked += 1;
    source.askedAt = this.#needs.clock.monotonic();
    source.session.received(maskQuery(query));
    source.session.sent(answer.text);
    source.session.addBytes(query.length + end.length, bytes.length);
    socket.send(bytes, from.port, from.address, (error) => {
      if (error) this.#needs.log.debug('answer not sent', { error: errorText(error) });
    });
  }

  #source({ address, port }: RemoteInfo, socket: Socket): Source {
    const remoteAddress = plainAddress(address);
    const known = this.#sources.get(remoteAddress);
    if (known !== undefined) return known;
    const session = this.#needs.registry.open({
      type: 'minger',
      remoteAddress,
      remotePort: port,
      localPort: socket.address().port,
      state: 'query',
      detail: 'UDP',
      kill: () => this.#sources.delete(remoteAddress),
    });
    const source = { session, asked: 0, askedAt: 0 };
    session.enter('query', () => `UDP, ${source.asked} answered`);
    this.#sources.set(remoteAddress, source);
    return source;
  }

  #sweepLater(): void {
    const { clock } = this.#needs;
    this.#sweeping = clock.after(sweepMs, () => {
      const quietSince = clock.monotonic() - quietMs;
      for (const [address, source] of this.#sources) {
        if (source.askedAt < quietSince) this.#sources.delete(address);
      }
      this.#sweepLater();
    });
  }
}
