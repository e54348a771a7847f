/** Tries the logins of a connection for an operator: what was found, or why not. Collects nothing, sends nothing. */
import type { ConnectionTest } from '../../shared/api/connections.ts';
import type { NextHop } from '../config/config.ts';
import type { ConnectionRoute } from '../delivery/senders-port.ts';
import { errorText } from '../errors.ts';
import type { StoredCollector, StoredConnection } from './connection-store.ts';
import { collectorName, connectMailbox, type PollNeeds } from './poll-collector.ts';

export interface TesterNeeds extends PollNeeds {
  readonly route: (connection: string) => ConnectionRoute;
  /** Connects to a relay and logs in; answers the version of TLS, or null. Throws with why not. */
  readonly tryRelay: (hop: NextHop) => Promise<string | null>;
}

type Found = Pick<ConnectionTest, 'text' | 'tls'>;

export class ConnectionTester {
  readonly #needs: TesterNeeds;

  constructor(needs: TesterNeeds) {
    this.#needs = needs;
  }

  /** Never throws for what a server does. The caller that goes away ends it. */
  test(connection: StoredConnection, signal: AbortSignal): Promise<ConnectionTest[]> {
    const { sender, name, collectors } = connection;
    const parts = collectors.map((collector) => {
      const { host, port } = collector.values;
      const part = collectorName(collector).replace(` ${host} `, ` ${host}:${port} `);
      return this.#tried(part, () => this.#mailbox(collector, signal));
    });
    if (sender !== null) {
      const part = `sender ${sender.host}:${sender.port}${sender.user === null ? '' : ` ${sender.user}`}`;
      parts.push(this.#tried(part, () => this.#relay(name)));
    }
    return Promise.all(parts);
  }

  async #tried(part: string, work: () => Promise<Found>): Promise<ConnectionTest> {
    const { clock } = this.#needs;
    const began = clock.monotonic();
    const durationMs = () => Math.round(clock.monotonic() - began);
    try {
      const found = await work();
      return { part, ok: true, ...found, durationMs: durationMs() };
    } catch (error) {
      return { part, ok: false, text: errorText(error), tls: null, durationMs: durationMs() };
    }
  }

  async #mailbox(collector: StoredCollector, signal: AbortSignal): Promise<Found> {
    const mailbox = await connectMailbox(collector, this.#needs, signal);
    const { tls } = mailbox;
    try {
      const found: string[] = [];
      const { protocol, folders } = collector.values;
      for (const name of protocol === 'imap' ? folders : ['']) {
        const { messages } = await mailbox.open(name);
        found.push(`${messages.length} messages${name === '' ? '' : ` in ${name}`}`);
      }
      await mailbox.close();
      return { text: `logged in, ${found.join(', ')}`, tls };
    } catch (error) {
      mailbox.abort(error instanceof Error ? error : new Error(errorText(error)));
      throw error;
    }
  }

  async #relay(name: string): Promise<Found> {
    const { hops, problem } = this.#needs.route(name);
    const [hop] = hops;
    if (problem !== null || hop === undefined) throw new Error(problem ?? 'it has no sender');
    const tls = await this.#needs.tryRelay(hop);
    return { text: hop.user === undefined ? 'it answers' : 'logged in', tls };
  }
}
