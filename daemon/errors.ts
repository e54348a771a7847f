/**
 * Errors that mean something to a caller: a stable code, whether trying again can help, and the cause.
 *
 * `message` is for the operator. What a mail client or server is told is decided where the reply is written.
 */
export class MaildError extends Error {
  readonly code: string;
  readonly temporary: boolean;
  /** Extra facts for programs, such as the path of a bad parameter. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: { temporary?: boolean; cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.temporary = options.temporary ?? false;
    this.details = options.details ?? {};
  }
}

/** The text of whatever was thrown. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
/** `ENOSPC` and the like of a system error; undefined for others. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
