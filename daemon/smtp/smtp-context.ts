/** What all parts of one SMTP listener share. */
import type { DirectoryPort } from '../accounts/directory-port.ts';
import type { Clock } from '../clock.ts';
import type { Config, TlsMode } from '../config/config.ts';
import type { IntakePort } from '../intake/intake-port.ts';
import type { MessageFiles } from '../intake/message-files.ts';
import type { TraceHeader } from '../intake/trace-header.ts';
import type { Logger } from '../log/logger.ts';
import type { SessionRegistryPort } from '../sessions/registry-port.ts';
import type { StatisticsPort } from '../statistics/statistics-port.ts';
import type { RecipientPolicy } from './recipient-policy.ts';

export interface SmtpContext {
  readonly protocol: 'smtp' | 'submission';
  readonly tls: TlsMode;
  /** The configuration as it is now. */
  readonly config: () => Config;
  /** Whether an address is in `relay_networks`, as they are now. */
  readonly isTrusted: (address: string) => boolean;
  readonly registry: SessionRegistryPort;
  readonly directory: DirectoryPort;
  readonly policy: RecipientPolicy;
  readonly intake: IntakePort;
  readonly files: MessageFiles;
  readonly trace: TraceHeader;
  readonly statistics: StatisticsPort;
  readonly log: Logger;
  readonly clock: Clock;
}
