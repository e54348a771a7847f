/** Who changed what through the API. */
import type { Audit } from '../../audit/audit.ts';
import type { HandlersOf } from '../handler.ts';

export const auditHandlers = (audit: Audit): HandlersOf<'audit'> => ({
  'audit.list': async ({ filter, limit, before }) => ({
    entries: [...(await audit.list(filter, limit, before))],
  }),
});
