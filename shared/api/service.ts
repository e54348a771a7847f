/** Who is at the other end of the socket, and what it can do. */
import { z } from 'zod';
import { method } from './method.ts';
import { none, text } from './values.ts';

export const serviceMethods = {
  'service.hello': method({
    summary: 'Names both ends; the first call of every client. Fails when the protocols do not fit.',
    access: 'read',
    params: z.strictObject({
      protocol: z.int(),
      client: text,
      /** Who uses the client, for the audit: a note, not a proof. */
      user: text.optional(),
    }),
    result: z.object({ name: z.string(), version: z.string(), protocol: z.int(), hostname: z.string() }),
  }),
  'rpc.discover': method({
    summary: 'This API as an OpenRPC document, made from the definitions that check the parameters.',
    access: 'read',
    params: none,
    result: z.record(z.string(), z.unknown()),
  }),
};
