/** Minger as a client: asks another server whether an address is there. draft-hathcock-minger-06. */
import { z } from 'zod';
import { method } from './method.ts';
import { count } from './values.ts';

export const mingerMethods = {
  'minger.query': method({
    summary: 'Asks another server by Minger whether it takes mail for an address.',
    access: 'read',
    params: z.strictObject({
      address: z.string().min(3).max(320),
      /** Name or address. */
      server: z.string().min(1).max(255),
      port: z.int().min(1).max(65_535).optional(),
      transport: z.enum(['tcp', 'udp']).optional(),
      /** Given to the API only over the socket; without it the query is anonymous. */
      secret: z.string().min(1).max(512).optional(),
    }),
    result: z.object({
      mailbox: z.string(),
      /** As the protocol has it: 0 malformed, 1 denied, 2 credentials, 3 unknown, 4 takes no mail, 5 active. */
      status: z.int().min(0).max(5),
      meaning: z.enum(['malformed', 'denied', 'credentials', 'unknown', 'inactive', 'active']),
      server: z.string(),
      port: count,
      transport: z.enum(['tcp', 'udp']),
      durationMs: count,
    }),
  }),
};
