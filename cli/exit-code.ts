/** What mailctl ends with; numbers as in sysexits.h where it has one. mailctl(1) lists them. */
export const exitCode = {
  done: 0,
  /** Not done, or not for all that was named: not found, refused by the state of things. */
  notDone: 1,
  usage: 64,
  unreachable: 69,
  timeout: 75,
  notPermitted: 77,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
