/** Every method of the control API. A name stands here or it does not exist. */
import type { z } from 'zod';
import { accountMethods } from './accounts.ts';
import { auditMethods } from './audit.ts';
import { configMethods } from './config.ts';
import { connectionMethods } from './connections.ts';
import { doctorMethods } from './doctor.ts';
import { eventMethods } from './events.ts';
import { housekeeperMethods } from './housekeeper.ts';
import { logMethods } from './log.ts';
import { mailboxMethods } from './mailboxes.ts';
import { mingerMethods } from './minger.ts';
import { quarantineMethods } from './quarantine.ts';
import { queueMethods } from './queue.ts';
import { serverMethods } from './server.ts';
import { serviceMethods } from './service.ts';
import { sessionMethods } from './sessions.ts';
import { traceMethods } from './trace.ts';

export const methods = {
  ...serviceMethods,
  ...serverMethods,
  ...sessionMethods,
  ...queueMethods,
  ...quarantineMethods,
  ...logMethods,
  ...eventMethods,
  ...accountMethods,
  ...mailboxMethods,
  ...connectionMethods,
  ...configMethods,
  ...housekeeperMethods,
  ...doctorMethods,
  ...mingerMethods,
  ...auditMethods,
  ...traceMethods,
};

export type Methods = typeof methods;
export type MethodName = keyof Methods;
export type Params<M extends MethodName> = z.input<Methods[M]['params']>;
export type CheckedParams<M extends MethodName> = z.output<Methods[M]['params']>;
export type Result<M extends MethodName> = z.output<Methods[M]['result']>;
