/** A delivery worker between a queue in memory and scripted servers, for its tests. */
import type { Resolution } from '../../daemon/accounts/directory-port.ts';
import { type Clock, systemClock } from '../../daemon/clock.ts';
import type { Config, NextHop, RouteConfig } from '../../daemon/config/config.ts';
import { Delivery } from '../../daemon/delivery/delivery.ts';
import type { LogFields, Logger, LoggerSource } from '../../daemon/log/logger.ts';
import { DnsError, type DnsResolver } from '../../daemon/net/resolver.ts';
import { FakeDeliveryQueue } from './fake-delivery-queue.ts';
import { FakeSessions } from './fake-sessions.ts';

export interface LogLine extends LogFields {
  readonly level: string;
  readonly message: string;
}

export interface RigOptions {
  readonly routes?: readonly RouteConfig[];
  readonly delivery?: Partial<Config['delivery']>;
  readonly clock?: Clock;
  readonly resolver?: DnsResolver;
  /** What the directory says of a sender. */
  readonly resolve?: (address: string) => Resolution;
  readonly random?: () => number;
  /** Instead of the one that keeps its lines. */
  readonly log?: LoggerSource;
}

/** A route for all domains to a port on this host. */
export const via = (port: number, hop: Partial<NextHop> = {}): NextHop => ({
  host: '127.0.0.1',
  port,
  tls: 'opportunistic',
  ...hop,
});

export class DeliveryRig {
  readonly queue: FakeDeliveryQueue;
  readonly sessions = new FakeSessions();
  readonly log: LogLine[] = [];
  readonly delivery: Delivery;

  constructor(options: RigOptions = {}) {
    const clock = options.clock ?? systemClock;
    this.queue = new FakeDeliveryQueue(() => clock.now());
    this.delivery = new Delivery(
      {
        hostname: 'mail.here.test',
        listeners: [],
        routes: options.routes ?? [],
        delivery: {
          concurrency: 20,
          concurrencyPerDomain: 5,
          retryScheduleMs: [60_000, 300_000, 3_600_000],
          expireAfterMs: 5 * 86_400_000,
          delayNoticeAfterMs: 4 * 3_600_000,
          attemptTimeoutMs: 10_000,
          connectTimeoutMs: 2_000,
          idleConnectionMs: 1_000,
          tls: 'opportunistic',
          ipv6: false,
          localAddress: null,
          port: 25,
          ...options.delivery,
        },
      },
      {
        queue: this.queue,
        ids: this.queue,
        directory: { resolve: async (address) => options.resolve?.(address) ?? { kind: 'foreign' } },
        sessions: this.sessions,
        resolver: options.resolver ?? noDns,
        clock,
        log: options.log ?? keptIn(this.log),
        random: options.random ?? (() => 0.5),
      },
    );
  }

  async stop(): Promise<void> {
    await this.delivery.stop({ drainMs: 0 });
  }
}

const nobody = () => Promise.reject(new DnsError('dns.not_found', 'no DNS in this test'));
const noDns: DnsResolver = { mx: nobody, ipv4: nobody, ipv6: nobody };

function keptIn(lines: LogLine[]): LoggerSource {
  const keep = (level: string) => (message: string, fields?: LogFields) => {
    lines.push({ ...fields, level, message });
  };
  const logger: Logger = {
    enabled: () => true,
    error: keep('error'),
    warn: keep('warn'),
    info: keep('info'),
    debug: keep('debug'),
    trace: keep('trace'),
  };
  return { for: () => logger };
}
