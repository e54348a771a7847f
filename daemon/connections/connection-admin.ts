/** What operators do with connections: add, change, remove. Checks what can be checked before anything is written. */
import { normaliseAddress } from '../../shared/address.ts';
import type { Params } from '../../shared/api/index.ts';
import type { Clock } from '../clock.ts';
import { MaildError } from '../errors.ts';
import type { ConnectionList } from './connection-list.ts';
import type {
  CollectorValues,
  ConnectionStore,
  ConnectionValues,
  SenderValues,
  StoredCollector,
  StoredConnection,
} from './connection-store.ts';
import { collectorOwner } from './poll-collector.ts';
import { Schedule } from './schedule.ts';
import type { SecretBox } from './secret-box.ts';
import { senderOwner } from './senders.ts';

export interface AdminNeeds {
  readonly list: ConnectionList;
  readonly store: ConnectionStore;
  readonly secrets: SecretBox;
  readonly isLocalDomain: (domain: string) => boolean;
  readonly clock: Clock;
}

type AddParams = Params<'connections.add'>;
type EditParams = Params<'connections.edit'>;
type CollectorParams = Params<'connections.addCollector'>['collector'];
type CollectorChanges = Params<'connections.editCollector'>['changes'];

/** The usual ports. RFC 1939, RFC 3501, RFC 8314 3, RFC 6409. */
const ports = {
  pop3: { implicit: 995, starttls: 110, none: 110 },
  imap: { implicit: 993, starttls: 143, none: 143 },
  sender: { implicit: 465, starttls: 587, none: 25 },
} as const;

export class ConnectionAdmin {
  readonly #needs: AdminNeeds;

  constructor(needs: AdminNeeds) {
    this.#needs = needs;
  }

  /** @throws MaildError `params.invalid`, `connection.exists`, `connection.unknown`, `secret.unusable`. */
  async add(params: AddParams): Promise<StoredConnection> {
    const { list, store, clock } = this.#needs;
    const { name, sender } = params;
    this.#requireFree(name, null);
    const values: ConnectionValues = {
      name,
      enabled: params.enabled ?? true,
      isDefault: params.isDefault ?? false,
      fallbackId: this.#fallback(params.fallback ?? null, null),
      sending: params.sending ?? 'at-once',
      schedule: new Schedule(params.schedule ?? 'manual').text,
      scheduleAt: clock.now(),
      ...this.#sender(sender, null),
    };
    const collectors = (params.collectors ?? []).map((collector) => ({
      values: this.#collector(collector, null),
      secret: this.#needs.secrets.seal(collector.password, collectorOwner),
    }));
    await store.add(values, collectors);
    await list.load();
    return this.#changed(name);
  }

  /** @throws MaildError `params.invalid`, `connection.exists`, `connection.unknown`, `secret.unusable`. */
  async edit(params: EditParams): Promise<StoredConnection> {
    const { list, store, clock } = this.#needs;
    const before = list.get(params.name);
    const name = params.newName ?? before.name;
    this.#requireFree(name, before.id);
    const schedule = params.schedule === undefined ? before.schedule : new Schedule(params.schedule).text;
    await store.change(before.id, {
      name,
      enabled: params.enabled ?? before.enabled,
      isDefault: params.isDefault ?? before.isDefault,
      fallbackId:
        params.fallback === undefined ? before.fallbackId : this.#fallback(params.fallback, before.id),
      sending: params.sending ?? before.sending,
      schedule,
      // What was due while it was disabled was not missed.
      scheduleAt:
        schedule === before.schedule && (before.enabled || params.enabled !== true)
          ? before.scheduleAt
          : clock.now(),
      ...(params.sender === undefined
        ? { sender: before.sender, secret: before.secret }
        : this.#sender(params.sender ?? undefined, before)),
    });
    await list.load();
    if (name !== before.name) list.changed.emit({ name: before.name, removed: true });
    return this.#changed(name);
  }

  /** @throws MaildError `connection.unknown`. */
  async remove(name: string): Promise<void> {
    const { list, store } = this.#needs;
    const connection = list.get(name);
    await store.remove(connection.id);
    await list.load();
    list.changed.emit({ name: connection.name, removed: true });
  }

  /** @throws MaildError `params.invalid`, `connection.unknown`, `secret.unusable`. */
  async addCollector(name: string, params: CollectorParams): Promise<StoredConnection> {
    const { list, store, secrets } = this.#needs;
    const connection = list.get(name);
    const values = this.#collector(params, null);
    await store.addCollector(connection.id, values, secrets.seal(params.password, collectorOwner));
    await list.load();
    return this.#changed(connection.name);
  }

  /** @throws MaildError `params.invalid`, `connection.unknown`, `collector.unknown`, `secret.unusable`. */
  async editCollector(name: string, id: number, changes: CollectorChanges): Promise<StoredConnection> {
    const { list, store, secrets } = this.#needs;
    const connection = list.get(name);
    const before = collectorOf(connection, id);
    const values = this.#collector(changes, before.values);
    const { password } = changes;
    const secret = password === undefined ? before.secret : secrets.seal(password, collectorOwner);
    await store.changeCollector(id, values, secret);
    await list.load();
    return this.#changed(connection.name);
  }

  /** @throws MaildError `connection.unknown`, `collector.unknown`. */
  async removeCollector(name: string, id: number): Promise<StoredConnection> {
    const { list, store } = this.#needs;
    const connection = list.get(name);
    await store.removeCollector(collectorOf(connection, id).id);
    await list.load();
    return this.#changed(connection.name);
  }

  #changed(name: string): StoredConnection {
    const connection = this.#needs.list.get(name);
    this.#needs.list.changed.emit({ name: connection.name, removed: false });
    return connection;
  }

  #requireFree(name: string, ownId: number | null): void {
    const found = this.#needs.list.find(name);
    if (found === null || found.id === ownId) return;
    throw new MaildError('connection.exists', `${found.name} is a connection already`);
  }

  #fallback(name: string | null, ownId: number | null): number | null {
    if (name === null) return null;
    const { id } = this.#needs.list.get(name);
    if (id === ownId) throw invalid('fallback', 'a connection cannot take over from itself');
    return id;
  }

  #sender(
    params: AddParams['sender'],
    before: StoredConnection | null,
  ): { readonly sender: SenderValues | null; readonly secret: string | null } {
    if (params === undefined) return { sender: null, secret: null };
    const { host, tls = 'starttls', user = null, verify = true, password } = params;
    const sender = { host, tls, port: params.port ?? ports.sender[tls], user, verify };
    if (user === null) {
      if (password !== undefined) throw invalid('sender.password', 'needs a user');
      return { sender, secret: null };
    }
    if (password !== undefined) return { sender, secret: this.#needs.secrets.seal(password, senderOwner) };
    // A password goes to the server that it was given for, and to no other.
    const kept = before?.sender?.host === host && before.sender.user === user ? before.secret : null;
    if (kept === null) throw invalid('sender.password', 'is needed with a user');
    return { sender, secret: kept };
  }

  #collector(params: CollectorParams | CollectorChanges, before: CollectorValues | null): CollectorValues {
    const protocol = before?.protocol ?? ('protocol' in params ? params.protocol : 'pop3');
    const tls = params.tls ?? before?.tls ?? 'implicit';
    const host = params.host ?? before?.host ?? '';
    const user = params.user ?? before?.user ?? '';
    const moved = before !== null && (host !== before.host || user !== before.user);
    if (moved && params.password === undefined) {
      throw invalid('collector.password', 'is needed again for another host or user');
    }
    if (/[\r\n\0]/.test(user + (params.password ?? '')))
      throw invalid('collector.user', 'has a line end in it');
    if (protocol === 'pop3' && params.folders !== undefined) {
      throw invalid('collector.folders', 'POP3 has no folders');
    }
    const samePort = before !== null && before.tls === tls ? before.port : ports[protocol][tls];
    return {
      protocol,
      host,
      port: params.port ?? samePort,
      tls,
      verify: params.verify ?? before?.verify ?? true,
      user,
      folders: protocol === 'pop3' ? [] : (params.folders ?? before?.folders ?? ['INBOX']),
      keepDays: params.keepDays === undefined ? (before === null ? null : before.keepDays) : params.keepDays,
      byHeaders: params.byHeaders ?? before?.byHeaders ?? false,
      deliverTo: this.#ours(params.deliverTo ?? before?.deliverTo ?? ''),
    };
  }

  /** An address of ours in its one form; whether there is such an account is looked at with each poll. */
  #ours(text: string): string {
    const address = normaliseAddress(text);
    if (address === null) throw invalid('collector.deliverTo', `${JSON.stringify(text)} is no address`);
    if (!this.#needs.isLocalDomain(address.slice(address.lastIndexOf('@') + 1))) {
      throw invalid('collector.deliverTo', `${address} is not in a domain of ours`);
    }
    return address;
  }
}

function collectorOf({ name, collectors }: StoredConnection, id: number): StoredCollector {
  const found = collectors.find((one) => one.id === id);
  if (found === undefined) {
    throw new MaildError('collector.unknown', `connection ${name} has no collector ${id}`);
  }
  return found;
}

const invalid = (path: string, why: string): MaildError =>
  new MaildError('params.invalid', `${path}: ${why}`, { details: { path } });
