/** A queue on a real database, and messages to put into it. */
import { type Clock, systemClock } from '../../daemon/clock.ts';
import { nullLog } from '../../daemon/log/logger.ts';
import type { RecipientResult } from '../../daemon/queue/message.ts';
import { Queue } from '../../daemon/queue/queue.ts';
import type { NewMessage } from '../../daemon/queue/queue-port.ts';
import type { Store } from '../../daemon/store/store.ts';
import { openTestStore, testFolder } from './test-store.ts';

export interface TestQueue {
  readonly queue: Queue;
  readonly store: Store;
  readonly folder: string;
  /** Messages that count as being delivered. */
  readonly active: Set<number>;
  /** Takes a message; answers its id. */
  add(message?: MessageWish): Promise<number>;
}

export interface MessageWish {
  readonly from?: string;
  readonly to?: readonly string[];
  readonly local?: readonly { readonly accountId: number; readonly address: string }[];
  readonly body?: string;
  readonly subject?: string;
  readonly file?: string;
}

export async function testQueue(clock: Clock = systemClock, folder?: string): Promise<TestQueue> {
  const home = folder ?? (await testFolder());
  const store = await openTestStore(home, clock);
  const active = new Set<number>();
  const queue = new Queue({
    store,
    stateDir: home,
    clock,
    log: nullLog.for('queue'),
    active: { ids: () => [...active], quiesce: (work) => work() },
    expireAfterMs: () => 5 * 86_400_000,
    undoMs: () => 86_400_000,
    historyMs: () => 7 * 86_400_000,
  });
  await queue.start();
  return {
    queue,
    store,
    folder: home,
    active,
    async add(wish = {}) {
      const message = newMessage(queue.nextId(), wish);
      await queue.accept(message);
      return message.id;
    },
  };
}

export function newMessage(id: number, wish: MessageWish = {}): NewMessage {
  const body = Buffer.from(wish.body ?? 'Subject: hello\r\n\r\nhello\r\n');
  return {
    id,
    envelope: {
      from: wish.from ?? 'ann@example.test',
      bodyType: '7bit',
      smtpUtf8: false,
      envelopeId: null,
      returnContent: null,
    },
    content: {
      sizeBytes: body.length,
      inline: wish.file === undefined ? body : null,
      file: wish.file ?? null,
      subject: wish.subject ?? 'hello',
      messageId: `<${id}@example.test>`,
    },
    source: { sessionId: 7, remoteAddress: '192.0.2.7', user: null },
    remote: (wish.to ?? ['bob@example.com']).map((address) => ({
      address,
      notify: null,
      originalRecipient: null,
    })),
    local: (wish.local ?? []).map((recipient) => ({ ...recipient, notify: null, originalRecipient: null })),
  };
}

export function result(n: number, wish: Partial<RecipientResult> = {}): RecipientResult {
  return {
    n,
    outcome: 'delivered',
    host: 'mx.example.com',
    address: '192.0.2.25',
    durationMs: 12,
    code: 250,
    enhancedCode: '2.0.0',
    reply: '250 2.0.0 Ok',
    tls: null,
    nextAttemptAt: null,
    delayNotified: false,
    ...wish,
  };
}
