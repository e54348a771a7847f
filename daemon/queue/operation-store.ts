/** What operators did to the queue: kept for undo, and to complete what a crash cut short. */
import type { Result } from '../../shared/api/index.ts';
import { isoTime, isoTimeOrNull } from '../clock.ts';
import type { Reader, Transaction } from '../store/store-port.ts';
import type { Selection, StoredVerb } from './verb-store.ts';

export interface Operation {
  readonly id: number;
  readonly verb: StoredVerb;
  readonly at: number;
  readonly client: string;
  readonly selection: Selection;
  readonly reason: string | null;
}

interface OperationRow {
  readonly id: number;
  readonly verb: StoredVerb;
  readonly at: number;
  readonly client: string;
  readonly selection: string;
  readonly newest_id: number;
  readonly reason: string | null;
  readonly messages: number;
  readonly bytes: number;
  readonly undone_at: number | null;
}

export async function beginOperation(tx: Transaction, operation: Omit<Operation, 'id'>): Promise<number> {
  const { lastId } = await tx.run(
    `INSERT INTO operations (verb, at, client, selection, newest_id, reason, state)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'running')`,
    [
      operation.verb,
      operation.at,
      operation.client,
      JSON.stringify(operation.selection.filter),
      operation.selection.newestId,
      operation.reason,
    ],
  );
  return lastId;
}

/** Adds what a step of the operation hit; `done` with the last one. */
export async function advanceOperation(
  tx: Transaction,
  id: number,
  messages: number,
  bytes: number,
  done: boolean,
): Promise<void> {
  await tx.run(
    `UPDATE operations SET messages = messages + ?2, bytes = bytes + ?3, state = iif(?4, 'done', state) WHERE id = ?1`,
    [id, messages, bytes, done ? 1 : 0],
  );
}

export async function readUnfinishedOperations(reader: Reader): Promise<Operation[]> {
  const rows = await reader.all<OperationRow>(`SELECT * FROM operations WHERE state = 'running' ORDER BY id`);
  return rows.map(operationOf);
}

/** The operation named, or the last one, that removed messages and has not been undone. */
export async function readUndoable(reader: Reader, id: number | undefined): Promise<Operation | undefined> {
  const row = await reader.get<OperationRow>(
    `SELECT * FROM operations WHERE verb IN ('remove', 'clear') AND state = 'done' AND messages > 0 AND (?1 IS NULL OR id = ?1)
      ORDER BY id DESC LIMIT 1`,
    [id ?? null],
  );
  return row && operationOf(row);
}

export async function markUndone(tx: Transaction, id: number, now: number): Promise<void> {
  await tx.run(`UPDATE operations SET state = 'undone', undone_at = ?2 WHERE id = ?1`, [id, now]);
}

/** Newest first. `undoMs`: how long what was removed is kept. */
export async function readOperations(
  reader: Reader,
  undoMs: number,
): Promise<Result<'queue.operations'>['operations']> {
  const rows = await reader.all<OperationRow>(
    `SELECT * FROM operations WHERE verb IN ('remove', 'clear') AND messages > 0 ORDER BY id DESC LIMIT 100`,
  );
  return rows.map((row) => ({
    id: row.id,
    verb: row.verb,
    at: isoTime(row.at),
    client: row.client,
    messages: row.messages,
    undoneAt: isoTimeOrNull(row.undone_at),
    until: isoTime(row.at + undoMs),
  }));
}

function operationOf(row: OperationRow): Operation {
  return {
    id: row.id,
    verb: row.verb,
    at: row.at,
    client: row.client,
    selection: { filter: JSON.parse(row.selection), newestId: row.newest_id },
    reason: row.reason,
  };
}
