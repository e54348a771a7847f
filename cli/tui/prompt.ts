/** A line that a person types: a filter or a command. */
export interface Prompt {
  /** What stands before the text: `filter`, `:`. */
  readonly label: string;
  readonly text: string;
  /** Shown while nothing is typed. */
  readonly hint: string;
  /** What has been typed before, oldest first. */
  readonly history: readonly string[];
  /** Answers what is wrong with the text; null takes it and closes the prompt. */
  readonly submit: (text: string) => string | null;
  /** How a half-typed text may go on; empty when nothing is known. */
  readonly complete: (text: string) => readonly string[];
}
