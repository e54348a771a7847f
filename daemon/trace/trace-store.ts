/** Finds the messages that a trace is about, in the queue and its history. */
import type { Reader, SqlValue } from '../store/store-port.ts';
import type { TraceSubject } from './trace-subject.ts';

/** Ids of messages that fit, newest first; of those that came before `since` (ms since 1970) only when named by id. */
export function readTracedMessages(
  reader: Reader,
  subject: TraceSubject,
  since: number,
  limit: number,
): Promise<readonly number[]> {
  switch (subject.kind) {
    case 'message':
      return ids(reader, 'm.id = ?1', [subject.id], limit);
    case 'session':
      return ids(reader, 'm.source_session = ?1 AND m.created_at >= ?2', [subject.id, since], limit);
    case 'message-id':
      return ids(reader, 'm.message_id = ?1', [subject.text], limit);
    case 'ip':
      return ids(reader, 'm.source_address = ?1 AND m.created_at >= ?2', [subject.text, since], limit);
    case 'address':
      return ids(
        reader,
        `m.created_at >= ?2 AND (m.sender = ?1 OR EXISTS
          (SELECT 1 FROM recipients AS r WHERE r.message_id = m.id AND r.address = ?1))`,
        [subject.text, since],
        limit,
      );
  }
}

async function ids(
  reader: Reader,
  where: string,
  parameters: readonly SqlValue[],
  limit: number,
): Promise<number[]> {
  const rows = await reader.all<{ id: number }>(
    `SELECT m.id FROM messages AS m WHERE ${where} ORDER BY m.id DESC LIMIT ${limit}`,
    parameters,
  );
  return rows.map(({ id }) => id);
}
