/** Every step that the database has taken, oldest first. Released steps are never changed. */
import { accountsSchema } from './accounts/accounts-schema.ts';
import { auditSchema } from './audit/audit-schema.ts';
import { connectionsSchema } from './connections/connections-schema.ts';
import { housekeeperSchema } from './housekeeper/housekeeper-schema.ts';
import { clientMailboxesSchema } from './mailboxes/client-mailboxes-schema.ts';
import { mailboxesSchema } from './mailboxes/mailboxes-schema.ts';
import { structuresSchema } from './mailboxes/structure/structures-schema.ts';
import { queueSchema } from './queue/queue-schema.ts';
import { quarantineSchema } from './scan/quarantine-schema.ts';
import { selftestSchema } from './selftest/selftest-schema.ts';
import type { Migration } from './store/migrations.ts';

export const migrations: readonly Migration[] = [
  {
    version: 1,
    steps: [
      queueSchema,
      accountsSchema,
      mailboxesSchema,
      quarantineSchema,
      connectionsSchema,
      housekeeperSchema,
      selftestSchema,
    ],
  },
  { version: 2, steps: [auditSchema] },
  { version: 3, steps: [clientMailboxesSchema, structuresSchema] },
];
