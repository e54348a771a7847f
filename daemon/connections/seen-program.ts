/**
 * Notes which messages elsewhere are here, in the transaction that takes them: neither can a message be here and not
 * noted, to be fetched again, nor noted and not here, to be deleted there.
 */
import type { Part, Program } from '../store/group-writer.ts';

export interface SeenRow {
  readonly collectorId: number;
  readonly folder: string;
  readonly validity: string;
  readonly uid: string;
  readonly digest: string;
  readonly sizeBytes: number | null;
  readonly outcome: 'taken' | 'refused';
  /** Of the message here; null when it was here already, or was refused. */
  readonly messageId: number | null;
  /** ms since 1970. */
  readonly at: number;
}

const definition = `
CREATE TEMP VIEW note_collected (collector_id, folder, validity, uid, digest, size, outcome, message_id, at)
AS SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL;

CREATE TEMP TRIGGER collected_noted INSTEAD OF INSERT ON note_collected BEGIN
  INSERT INTO collected_messages (collector_id, folder, validity, uid, digest, size, outcome, message_id, at)
  VALUES (NEW.collector_id, NEW.folder, NEW.validity, NEW.uid, NEW.digest, NEW.size, NEW.outcome, NEW.message_id, NEW.at)
      ON CONFLICT DO UPDATE SET size = excluded.size, removed_at = NULL, gone_at = NULL;
  UPDATE counters SET value = value + 1 WHERE name = 'collectedMessages' AND NEW.message_id IS NOT NULL;
END;
`;

const columns = [
  'collectorId',
  'folder',
  'validity',
  'uid',
  'digest',
  'sizeBytes',
  'outcome',
  'messageId',
  'at',
];

export const seenProgram: Program = {
  definition,
  sql: `INSERT INTO note_collected
        SELECT ${columns.map((name) => `s.value ->> '${name}'`).join(', ')} FROM json_each(?1) AS s WHERE ?2 IS NOT NULL`,
};

/** The row for {@link seenProgram}. A message with an id counts as collected. */
export function seenPart(row: SeenRow): Part {
  const text = JSON.stringify(row);
  return { program: seenProgram, row: () => text, bytes: null };
}
