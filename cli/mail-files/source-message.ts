/** Mail as files of other programs have it: messages, each with the folder, flags and date that its files tell. */

export interface SourceMessage {
  readonly kind: 'message';
  /** File, and in an mbox the line: for people. */
  readonly origin: string;
  /** Levels separated by `/`; null: the one that the files are of as a whole. */
  readonly folder: string | null;
  readonly flags: readonly string[];
  /** Milliseconds since 1970; null: nothing tells it but perhaps the message. */
  readonly receivedAt: number | null;
  /** As it stands in the file, whatever its line ends. */
  read(): Promise<Buffer>;
}

/** What is not taken, and why. */
export interface SourceProblem {
  readonly kind: 'problem';
  readonly origin: string;
  readonly reason: string;
}

/** A folder, also one without messages. Comes before what is in it. */
export interface SourceFolder {
  readonly kind: 'folder';
  readonly folder: string | null;
}

export type SourceItem = SourceMessage | SourceProblem | SourceFolder;

/** Larger ones are no mail. */
export const maxMessageBytes = 512 * 1024 * 1024;

export const problem = (origin: string, reason: unknown): SourceProblem => ({
  kind: 'problem',
  origin,
  reason: reason instanceof Error ? reason.message : String(reason),
});
