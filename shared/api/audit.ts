/** The audit: who changed what through this API, and what came of it. */
import { z } from 'zod';
import { method } from './method.ts';
import { count, id, pattern, time } from './values.ts';

export const auditEntry = z.object({
  /** Rising; never used again. */
  id,
  /** When the call came. */
  at: time,
  method: z.string(),
  /** `name/version` as the client gave it. */
  client: z.string(),
  /** Who used it, as the client says: a note, not a proof. Who may use the socket at all is proven by its file. */
  user: z.string().nullable(),
  /** Parameters as short JSON text, secrets masked. */
  params: z.string(),
  /** `done`, or the code of the error. */
  outcome: z.string(),
  durationMs: count,
});
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditFilter = z.strictObject({
  since: time.optional(),
  /** As queue.*: `*` stands for any run of characters. */
  method: pattern.optional(),
  user: pattern.optional(),
  client: pattern.optional(),
  /** Text in the parameters: an address, an id. */
  params: pattern.optional(),
  /** Only what was not done. */
  failed: z.boolean().optional(),
});
export type AuditFilter = z.infer<typeof auditFilter>;

export const auditMethods = {
  'audit.list': method({
    summary: 'Calls that were to change something: by whom, with what, and what came of them; newest first.',
    access: 'read',
    params: z.strictObject({
      filter: auditFilter.optional(),
      limit: z.int().min(1).max(5_000).optional(),
      /** Only entries before this one: the last id of the page before. */
      before: id.optional(),
    }),
    result: z.object({ entries: z.array(auditEntry) }),
  }),
};
