/** What is to be done with what a scanner finds, and what is told of it: the shapes that configuration and status share. */
import type { Status } from '../../shared/api/server.ts';
import type { ScannerConfig } from '../config/config.ts';

export type ScannerPolicy = Pick<ScannerConfig, 'action' | 'unavailable' | 'maxBytes'>;
export type ScannerStatus = Status['scanners'][number];
