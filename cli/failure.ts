/**
 * Why a command ends without success, and what to do about it: one line `mailctl: what failed: why`, one line of hint,
 * one exit code. Errors of the client and of commander become failures here and nowhere else.
 */
import { type ExitCode, exitCode } from './exit-code.ts';
import type { ClientError, ClientErrorKind } from './rpc/client-error.ts';

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: ExitCode;
  /** What the person can do; null when there is nothing to say. */
  readonly hint: string | null;

  constructor(message: string, code: ExitCode, hint: string | null = null) {
    super(message);
    this.exitCode = code;
    this.hint = hint;
  }
}

/** Wrong use of the command line: nothing was done. */
export const usageFailure = (message: string, hint: string | null = null): Failure =>
  new Failure(message, exitCode.usage, hint);

const firstSentence = (text: string): string => text.replace(/^error: /, '').trim();

/**
 * commander's `error: unknown command 'quue'\n(Did you mean queue?)` becomes message and hint. `command` is what
 * `--help` may be asked about.
 */
export function failureOfUsage(text: string, command: string): Failure {
  const [message = '', suggestion] = text.split('\n');
  const guess = suggestion?.match(/^\(Did you mean (?:one of )?(.*)\?\)$/)?.[1];
  const hint = guess ? `Did you mean ${guess.replace(/, ([^,]*)$/, ' or $1')}?` : `See: ${command} --help`;
  return usageFailure(firstSentence(message), hint);
}

const exitCodes: Readonly<Record<ClientErrorKind, ExitCode>> = {
  unreachable: exitCode.unreachable,
  timeout: exitCode.timeout,
  permission: exitCode.notPermitted,
  rpc: exitCode.notDone,
  // Something answers there, but no maild that this program could use.
  protocol: exitCode.unreachable,
  usage: exitCode.usage,
};

const hints: Readonly<Record<string, string>> = {
  'server.stopped': 'Start it with: mailctl server start',
  'queue.not_found': 'What waits is listed by: mailctl queue',
  'session.not_found': 'Who is connected is listed by: mailctl sessions',
  'operation.not_found': 'What can be undone is listed by: mailctl queue operations',
  'connection.unknown': 'The connections are listed by: mailctl connections',
  'connection.disabled': 'Enable it with: mailctl connections enable NAME',
  'collector.unknown': 'The collectors are listed by: mailctl connections show NAME',
  'account.not_found': 'The accounts are listed by: mailctl accounts',
  'domain.not_found': 'The domains are listed by: mailctl domains',
  'alias.not_found': 'The aliases are listed by: mailctl aliases',
  'mailbox.not_found': 'The mailboxes are listed by: mailctl mailboxes list ADDRESS',
  'mailbox.over_quota': 'More room gives it: mailctl accounts edit ADDRESS --quota SIZE',
  'mailbox.has_children': 'Those below it have to be removed first.',
  timeout: 'It may be busy: try again, or wait longer with --timeout 2m.',
};

/** `what` is the command, such as `queue show`; it stands before what the daemon says of it. */
export function failureOfClient(error: ClientError, what: string): Failure {
  const { kind, code, hint, message } = error;
  const wrongUse = kind === 'rpc' && code === 'params.invalid';
  return new Failure(
    kind === 'rpc' ? `${what}: ${message}` : message,
    wrongUse ? exitCode.usage : exitCodes[kind],
    hint ?? hints[code ?? ''] ?? null,
  );
}
