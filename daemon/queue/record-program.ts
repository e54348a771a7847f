/**
 * Records attempts: what became of each recipient, what that makes of the message, and what is due next, for any
 * number of jobs in one statement. A message none of whose recipients is pending any more leaves the queue.
 */
import type { Part, Program } from '../store/group-writer.ts';
import type { JobOutcome } from './queue-port.ts';
import { reasonOf } from './reason.ts';

const definition = `
CREATE TEMP VIEW record_batch (batch, unused) AS SELECT NULL, NULL;
CREATE TEMP TRIGGER record_outcomes INSTEAD OF INSERT ON record_batch BEGIN
  INSERT INTO attempts (message_id, n, attempt, at, host, address, duration_ms, code, enhanced_code, reply, tls)
  SELECT p.message_id, p.n, p.attempts + 1, o.value ->> 'at', r.value ->> 'host', r.value ->> 'address',
         r.value ->> 'durationMs', r.value ->> 'code', r.value ->> 'enhancedCode', r.value ->> 'reply',
         r.value ->> 'tls'
    FROM json_each(NEW.batch) AS o CROSS JOIN json_each(o.value, '$.results') AS r
   CROSS JOIN recipients AS p
   WHERE p.message_id = o.value ->> 'messageId' AND p.n = r.value ->> 'n' AND p.state = 'pending';

  -- LIMIT -1 keeps the subquery whole: looked up by its rows, not scanned for each recipient.
  UPDATE recipients
     SET attempts = attempts + 1,
         state = iif(x.outcome = 'deferred', 'pending', x.outcome),
         due_at = iif(x.outcome = 'deferred', x.next_attempt_at, NULL),
         delay_notified = max(recipients.delay_notified, x.delay_notified)
    FROM (SELECT o.value ->> 'messageId' AS message_id, r.value ->> 'n' AS n, r.value ->> 'outcome' AS outcome,
                 r.value ->> 'nextAttemptAt' AS next_attempt_at, r.value ->> 'delayNotified' AS delay_notified
            FROM json_each(NEW.batch) AS o, json_each(o.value, '$.results') AS r LIMIT -1) AS x
   WHERE recipients.message_id = x.message_id AND recipients.n = x.n AND recipients.state = 'pending';

  UPDATE messages
     SET attempts = (SELECT max(attempts) FROM recipients WHERE message_id = messages.id),
         last_reply = x.reply,
         reason = x.reason,
         next_attempt_at = (SELECT min(due_at) FROM recipients WHERE message_id = messages.id AND due_at IS NOT NULL),
         state = CASE
           WHEN NOT EXISTS (SELECT 1 FROM recipients WHERE message_id = messages.id AND state = 'pending') THEN 'done'
           WHEN state = 'ready' AND x.deferred = 0 THEN 'ready'
           WHEN state = 'held' THEN 'held'
           ELSE 'deferred' END
    FROM (SELECT o.value ->> 'messageId' AS message_id, o.value ->> 'reply' AS reply, o.value ->> 'reason' AS reason,
                 max(o.value ->> 'deferred') AS deferred
            FROM json_each(NEW.batch) AS o GROUP BY 1) AS x
   WHERE messages.id = x.message_id AND messages.finished_at IS NULL;

  UPDATE counters
     SET value = value + (SELECT count(*) FROM messages
                           WHERE id IN (SELECT o.value ->> 'messageId' FROM json_each(NEW.batch) AS o)
                             AND state = 'done' AND finished_at IS NULL
                             AND (counters.name = 'bouncedMessages') =
                                 EXISTS (SELECT 1 FROM recipients WHERE message_id = messages.id AND state = 'failed'))
   WHERE name IN ('deliveredMessages', 'bouncedMessages');

  UPDATE contents SET refs = refs - 1
   WHERE id IN (SELECT content_id FROM messages
                 WHERE id IN (SELECT o.value ->> 'messageId' FROM json_each(NEW.batch) AS o)
                   AND state = 'done' AND finished_at IS NULL);
  UPDATE messages SET finished_at = (SELECT max(o.value ->> 'at') FROM json_each(NEW.batch) AS o), content_id = NULL
   WHERE id IN (SELECT o.value ->> 'messageId' FROM json_each(NEW.batch) AS o)
     AND state = 'done' AND finished_at IS NULL;

  DELETE FROM destinations
   WHERE domain IN (SELECT p.domain FROM json_each(NEW.batch) AS o CROSS JOIN recipients AS p
                     WHERE p.message_id = o.value ->> 'messageId')
     AND NOT EXISTS (SELECT 1 FROM recipients
                      WHERE recipients.domain = destinations.domain AND due_at IS NOT NULL);
  UPDATE destinations
     SET due_at = (SELECT min(due_at) FROM recipients
                    WHERE recipients.domain = destinations.domain AND due_at IS NOT NULL)
   WHERE domain IN (SELECT p.domain FROM json_each(NEW.batch) AS o CROSS JOIN recipients AS p
                     WHERE p.message_id = o.value ->> 'messageId');
END;
`;

export const recordProgram: Program = {
  definition,
  sql: 'INSERT INTO record_batch (batch, unused) VALUES (?1, ?2)',
};

/** Longer replies are cut: a hostile server must not fill the database. */
const maxReplyLength = 1_000;

/** The row for {@link recordProgram}. */
export function recordPart(outcome: JobOutcome): Part {
  const results = outcome.results.map((result) => ({
    ...result,
    reply: result.reply.slice(0, maxReplyLength),
    delayNotified: result.delayNotified ? 1 : 0,
  }));
  // What the message as a whole shows: the most telling of the replies, a failure before a delay before a success.
  const telling =
    results.find((result) => result.outcome === 'failed') ??
    results.find((result) => result.outcome === 'deferred') ??
    results[0];
  const text = JSON.stringify({
    messageId: outcome.messageId,
    at: outcome.at,
    reply: telling?.reply ?? null,
    reason: telling ? reasonOf(telling.reply) : null,
    deferred: results.some((result) => result.outcome === 'deferred') ? 1 : 0,
    results,
  });
  return { program: recordProgram, row: () => text, bytes: null };
}
