/**
 * Whether a message comes from where it says: SPF, DKIM, DMARC and ARC, by mailauth, which is loaded when the first message
 * is to be checked. RFC 7208, 6376, 7489, 8617.
 *
 * mailauth sees a bounded header, few signatures and a resolver that gives up: what a stranger writes into a message must not
 * make us ask the DNS for ever. DMARC is obeyed only when the DNS has answered; in doubt a message is taken.
 */
import { Readable } from 'node:stream';
import type { authenticate } from 'mailauth';
import { wildcard } from '../../shared/wildcard.ts';
import type { Clock } from '../clock.ts';
import type { Config, VerifyMode } from '../config/config.ts';
import { errorText } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { authenticationResults } from './authentication-results.ts';
import { authorsOnly, boundedMessage, hasEndlessAuthor, MessageTooOddError } from './bounded-message.ts';
import type { Finding } from './judgement.ts';
import { LookupBudget, type RecordSource } from './lookup-budget.ts';
import { type MessageHead, readMessageHead } from './message-head.ts';
import type { ScanContent, ScanFacts } from './scanner.ts';

export type VerifyConfig = Config['verify'];

export interface SenderCheckNeeds {
  readonly dns: RecordSource;
  readonly hostname: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface SenderVerdict {
  /** The header to write; null when its domain is not to be checked. */
  readonly header: string | null;
  readonly finding: Finding | null;
  /** `spf=pass dkim=none dmarc=fail`, for the log. */
  readonly summary: string;
}

/** Of a longer header only the author is looked at: it was made to keep us busy. */
const MAX_HEAD_BYTES = 256 * 1024;

type StrangerFacts = ScanFacts & { readonly remoteAddress: string };
type Results = Awaited<ReturnType<typeof authenticate>>;

export class SenderChecks {
  readonly #config: VerifyConfig;
  readonly #needs: SenderCheckNeeds;
  readonly #domains: readonly (readonly [(domain: string) => boolean, VerifyMode])[];

  constructor(config: VerifyConfig, needs: SenderCheckNeeds) {
    this.#config = config;
    this.#needs = needs;
    this.#domains = Object.entries(config.domains).map(([pattern, mode]) => [wildcard(pattern), mode]);
  }

  static wanted({ mode, domains }: VerifyConfig): boolean {
    return mode !== 'off' || Object.values(domains).some((other) => other !== 'off');
  }

  /** Does not reject. */
  async check(content: ScanContent, facts: StrangerFacts): Promise<SenderVerdict> {
    if (content.sizeBytes > this.#config.maxBytes) return this.#unchecked('message too large');
    try {
      const head = await readMessageHead(content);
      if (head === null) return this.#unchecked('header too large');
      if (hasEndlessAuthor(head)) return this.#endlessAuthor();
      const results = await this.#whole(content, head, facts);
      return results === null ? this.#unchecked('no answer in time') : this.#verdict(results);
    } catch (error) {
      this.#needs.log.warn('sender could not be checked', {
        queueId: facts.queueId,
        error: errorText(error),
      });
      return this.#unchecked('internal error');
    }
  }

  /** Who makes a message so odd that its signatures cannot be checked gains nothing by it: it has none then. */
  async #whole(content: ScanContent, head: MessageHead, facts: StrangerFacts): Promise<Results | null> {
    if (head.endsAt > MAX_HEAD_BYTES) return this.#authenticate(authorsOnly(head), facts);
    try {
      return await this.#authenticate(boundedMessage(content, head), facts);
    } catch (error) {
      if (!(error instanceof MessageTooOddError)) throw error;
      return this.#authenticate(authorsOnly(head), facts);
    }
  }

  /** Null when it takes too long. */
  async #authenticate(input: AsyncIterable<Buffer>, facts: StrangerFacts): Promise<Results | null> {
    const { dns, hostname, clock } = this.#needs;
    const budget = new LookupBudget(dns);
    const { authenticate: run } = await import('mailauth');
    const stream = Readable.from(input, { objectMode: false });
    const checked = run(stream, {
      sender: facts.from,
      ip: facts.remoteAddress,
      helo: facts.helo ?? '',
      mta: hostname,
      resolver: (name, type) => budget.resolve(name, type),
      disableBimi: true,
    });
    checked.catch(() => undefined);
    const timer = { cancel: (): void => {} };
    const late = new Promise<null>((resolve) => {
      timer.cancel = clock.after(this.#config.timeoutMs, () => resolve(null)).cancel;
    });
    try {
      return await Promise.race([checked, late]);
    } finally {
      timer.cancel();
      // What still runs gets no more answers, and so ends.
      budget.close();
      stream.destroy();
    }
  }

  #verdict({ spf, dkim, dmarc, arc }: Results): SenderVerdict {
    const authors = dkim.headerFrom.map((address) =>
      address.slice(address.lastIndexOf('@') + 1).toLowerCase(),
    );
    const mode = this.#modeOf(authors[0] ?? '');
    const dmarcResult = dmarc === false ? null : dmarc;
    const infos = [
      spf === false ? null : spf.info,
      ...dkim.results.map(({ info }) => info),
      dmarcResult?.info ?? (authors.length > 1 ? 'dmarc=permerror (more than one author)' : null),
      arc === false ? null : (arc.info ?? null),
    ].filter((info): info is string => typeof info === 'string');
    // Without an answer of the DNS it may have been signed well after all, whatever DMARC makes of it (RFC 7489 6.6.2).
    const inDoubt = infos.some((info) => /^(?:spf|dkim)=temperror/.test(info));
    const summary = infos.map((info) => /^\w+=\w+/.exec(info)?.[0] ?? '').join(' ');
    if (mode === 'off') return { header: null, finding: null, summary };
    return {
      header: authenticationResults(this.#needs.hostname, infos),
      finding: mode === 'enforce' && !inDoubt ? dmarcFinding(dmarcResult, authors) : null,
      summary,
    };
  }

  /** Whose domain it would be cannot be told, so what holds for all holds for it. */
  #endlessAuthor(): SenderVerdict {
    const { mode } = this.#config;
    const reason = 'author too long to be read';
    return {
      header:
        mode === 'off' ? null : authenticationResults(this.#needs.hostname, [`dmarc=permerror (${reason})`]),
      finding: mode === 'enforce' ? { by: 'dmarc', kind: 'sender', reason, action: 'reject' } : null,
      summary: reason,
    };
  }

  #modeOf(domain: string): VerifyMode {
    return this.#domains.find(([fits]) => fits(domain))?.[1] ?? this.#config.mode;
  }

  /** Not known is neither good nor bad: it says so, and nobody is refused for it. */
  #unchecked(why: string): SenderVerdict {
    const results = [`spf=temperror (${why})`, `dkim=temperror (${why})`, `dmarc=temperror (${why})`];
    const header = this.#config.mode === 'off' ? null : authenticationResults(this.#needs.hostname, results);
    return { header, finding: null, summary: `not checked: ${why}` };
  }
}

function dmarcFinding(
  dmarc: Exclude<Results['dmarc'], false> | null,
  authors: readonly string[],
): Finding | null {
  // RFC 7489 6.6.1: who names several authors could pass by one of them and be shown as another.
  if (dmarc === null) {
    if (new Set(authors).size < 2) return null;
    return { by: 'dmarc', kind: 'sender', reason: 'more than one author domain', action: 'reject' };
  }
  if (dmarc.status.result !== 'fail' || dmarc.pct === 0) return null;
  if (dmarc.policy !== 'reject' && dmarc.policy !== 'quarantine') return null;
  return {
    by: 'dmarc',
    kind: 'sender',
    reason: `${dmarc.domain} asks for p=${dmarc.policy}`,
    action: dmarc.policy,
  };
}
