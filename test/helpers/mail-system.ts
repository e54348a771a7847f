/**
 * What most stories begin with: maild with the domain example.org and the account ann@example.org in it, and a server of
 * somebody else that gets all mail for other domains.
 *
 *     const system = await startMailSystem();
 *     await system.send({ to: ['bob@example.net'] });
 *     await system.mailctl('queue', 'list');
 */
import { onTestFinished } from 'vitest';
import type { QueuedMessage } from '../../shared/api/queue.ts';
import { type MaildOptions, type RunningMaild, startMaild } from './daemon.ts';
import { type InboxEntry, readInbox } from './inbox.ts';
import { Mailctl, type MailctlOptions, type MailctlResult, runMailctl } from './mailctl.ts';
import { RemoteSmtp, type Script } from './remote-smtp.ts';
import { type SmtpReply, SmtpTestClient } from './smtp-test-client.ts';
import { until } from './until.ts';

export const ann = 'ann@example.org';
export const annsPassword = 'correct horse battery';

export interface MailSystemOptions extends MaildOptions {
  /** How the other server behaves. */
  readonly remote?: Script;
  /** No account, when a story makes its own. */
  readonly empty?: boolean;
}

export interface Letter {
  readonly from?: string;
  readonly to?: readonly string[];
  readonly subject?: string;
  /** Lines ending in CRLF, dots stuffed. */
  readonly body?: string;
  /** Parameters of MAIL and of each RCPT, such as `RET=FULL`. */
  readonly mailParameters?: string;
  readonly rcptParameters?: string;
}

export async function startMailSystem(options: MailSystemOptions = {}): Promise<MailSystem> {
  const remote = await RemoteSmtp.start(options.remote);
  onTestFinished(() => remote.stop());
  const route = `[[routes]]\ndomain = "*"\nvia = "smtp://127.0.0.1:${remote.port}"\n`;
  // Plain keys of a story stand before the first table.
  const config = `domains = ["example.org"]\n${options.config ?? ''}\n${route}`;
  const maild = await startMaild({ ...options, config });
  if (options.empty !== true) await maild.call('accounts.add', { address: ann, password: annsPassword });
  return new MailSystem(maild, remote);
}

export class MailSystem {
  readonly maild: RunningMaild;
  readonly remote: RemoteSmtp;

  constructor(maild: RunningMaild, remote: RemoteSmtp) {
    this.maild = maild;
    this.remote = remote;
  }

  /** The real command line, to its end. */
  mailctl(...args: readonly string[]): Promise<MailctlResult> {
    return this.mailctlWith({}, ...args);
  }

  mailctlWith(options: MailctlOptions, ...args: readonly string[]): Promise<MailctlResult> {
    return runMailctl(this.maild.socket, args, options);
  }

  /** Runs it, and insists that it ends with 0. Answers what it wrote to standard output. */
  async told(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.mailctl(...args);
    if (code !== 0) throw new Error(`mailctl ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
    return stdout;
  }

  /** The real command line, running beside the test. */
  following(...args: readonly string[]): Mailctl {
    return new Mailctl(this.maild.socket, args);
  }

  /** An SMTP client after EHLO. */
  client(): Promise<SmtpTestClient> {
    return SmtpTestClient.ready(this.maild.ports.smtp);
  }

  /** Sends a letter on a connection of its own. Answers its id in the queue. */
  async send(letter: Letter = {}): Promise<number> {
    const reply = await this.attempt(letter);
    const id = /queued as (\d+)/.exec(reply.text)?.[1];
    if (id === undefined) throw new Error(`not taken: ${reply.text}`);
    return Number(id);
  }

  /** As {@link send}, whatever comes of it: the first reply that is not as hoped for, or the last one. */
  async attempt(letter: Letter = {}): Promise<SmtpReply> {
    const client = await this.client();
    try {
      return await say(client, letter);
    } finally {
      client.close();
    }
  }

  /** What waits. */
  async queue(): Promise<readonly QueuedMessage[]> {
    return (await this.maild.call('queue.list', {})).messages;
  }

  /** Resolves when nothing waits any more. */
  queueEmpty(): Promise<void> {
    return until(async () => (await this.queue()).length === 0, 'an empty queue');
  }

  /** Resolves when the message has been tried and waits for its next attempt. */
  deferred(id: number): Promise<void> {
    return until(
      async () => (await this.queue()).some((message) => message.id === id && message.state === 'deferred'),
      `message ${id} deferred`,
    );
  }

  inbox(account = ann, folder = 'INBOX'): Promise<InboxEntry[]> {
    return readInbox(this.maild.stateDir, account, folder);
  }
}

async function say(client: SmtpTestClient, letter: Letter): Promise<SmtpReply> {
  const { from = 'sender@elsewhere.example', to = ['bob@example.net'] } = letter;
  const parameters = (text?: string) => (text === undefined ? '' : ` ${text}`);
  const mail = await client.say(`MAIL FROM:<${from}>${parameters(letter.mailParameters)}`);
  if (mail.code !== 250) return mail;
  for (const address of to) {
    const rcpt = await client.say(`RCPT TO:<${address}>${parameters(letter.rcptParameters)}`);
    if (rcpt.code !== 250) return rcpt;
  }
  return client.message(
    `From: <${from}>\r\nSubject: ${letter.subject ?? 'a letter'}\r\n\r\n${letter.body ?? 'hello'}`,
  );
}
