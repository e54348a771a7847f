/** How maild ends, by sysexits.h, so that systemd and scripts can tell the cases apart. */
import { MaildError } from './errors.ts';

export const exitCode = {
  ok: 0,
  usage: 64,
  /** A bug: something was thrown that nobody expected. */
  software: 70,
  /** The state directory or the control socket cannot be made or used. */
  cannotCreate: 73,
  /** Another maild has the state directory. */
  temporary: 75,
  config: 78,
} as const;

const codes: Readonly<Record<string, number>> = {
  'config.invalid': exitCode.config,
  'tls.certificate': exitCode.config,
  'state_dir.unusable': exitCode.cannotCreate,
  'control.socket': exitCode.cannotCreate,
  'service.already_running': exitCode.temporary,
};

export const exitCodeOf = (error: unknown): number =>
  (error instanceof MaildError ? codes[error.code] : undefined) ?? exitCode.software;
