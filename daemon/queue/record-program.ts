/**
 * Records attempts: what became of each recipient, what that makes of the message, and what is due next, for any
 * number of jobs in one statement; the triggers run for each. A message none of whose recipients is pending any more leaves the queue.
 */
import type { Part, Program } from '../store/group-writer.ts';
import type { JobOutcome } from './queue-port.ts';
import { reasonOf } from './reason.ts';

const definition = `
CREATE TEMP VIEW record_outcome (message_id, at, reply, reason, trouble, deferred, connection, results)
AS SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL;

-- One trigger: SQLite promises no order among several, and each step here builds on the one before.
CREATE TEMP TRIGGER record_attempts INSTEAD OF INSERT ON record_outcome BEGIN
  INSERT INTO attempts (message_id, n, attempt, at, host, address, duration_ms, code, enhanced_code, reply, tls)
  SELECT NEW.message_id, p.n, p.attempts + 1, NEW.at, r.value ->> 'host', r.value ->> 'address',
         r.value ->> 'durationMs', r.value ->> 'code', r.value ->> 'enhancedCode', r.value ->> 'reply',
         r.value ->> 'tls'
    FROM json_each(NEW.results) AS r CROSS JOIN recipients AS p
   WHERE p.message_id = NEW.message_id AND p.n = r.value ->> 'n' AND p.state = 'pending';

  -- LIMIT -1 keeps the subquery whole: recipients are looked up by its rows, not scanned for each of them.
  UPDATE recipients
     SET attempts = attempts + 1,
         state = iif(x.outcome = 'deferred', 'pending', x.outcome),
         due_at = iif(x.outcome = 'deferred', x.next_attempt_at, NULL),
         delay_notified = max(recipients.delay_notified, x.delay_notified)
    FROM (SELECT r.value ->> 'n' AS n, r.value ->> 'outcome' AS outcome, r.value ->> 'nextAttemptAt' AS next_attempt_at,
                 r.value ->> 'delayNotified' AS delay_notified
            FROM json_each(NEW.results) AS r LIMIT -1) AS x
   WHERE recipients.message_id = NEW.message_id AND recipients.n = x.n AND recipients.state = 'pending';

  UPDATE messages
     SET attempts = (SELECT max(attempts) FROM recipients WHERE message_id = NEW.message_id),
         -- While something is pending, what stands in its way says more than what went well.
         last_reply = iif(NEW.trouble OR last_reply IS NULL, NEW.reply, last_reply),
         reason = iif(NEW.trouble OR last_reply IS NULL, NEW.reason, reason),
         connection = NEW.connection,
         next_attempt_at = (SELECT min(due_at) FROM recipients WHERE message_id = NEW.message_id),
         state = CASE WHEN state = 'ready' AND NEW.deferred = 0 THEN 'ready' WHEN state = 'held' THEN 'held'
                      ELSE 'deferred' END
   WHERE id = NEW.message_id AND finished_at IS NULL
     AND EXISTS (SELECT 1 FROM recipients WHERE message_id = NEW.message_id AND state = 'pending');

  -- When nothing is pending any more it leaves the queue.
  UPDATE counters SET value = value + 1
   WHERE name = iif(EXISTS (SELECT 1 FROM recipients WHERE message_id = NEW.message_id AND state = 'failed'),
                    'bouncedMessages', 'deliveredMessages')
     AND EXISTS (SELECT 1 FROM messages WHERE id = NEW.message_id AND finished_at IS NULL)
     AND NOT EXISTS (SELECT 1 FROM recipients WHERE message_id = NEW.message_id AND state = 'pending');
  UPDATE contents SET refs = refs - 1
   WHERE id = (SELECT content_id FROM messages WHERE id = NEW.message_id AND finished_at IS NULL)
     AND NOT EXISTS (SELECT 1 FROM recipients WHERE message_id = NEW.message_id AND state = 'pending');
  UPDATE messages
     SET state = 'done', finished_at = NEW.at, content_id = NULL, next_attempt_at = NULL, last_reply = NEW.reply,
         reason = NEW.reason, attempts = (SELECT max(attempts) FROM recipients WHERE message_id = NEW.message_id)
   WHERE id = NEW.message_id AND finished_at IS NULL
     AND NOT EXISTS (SELECT 1 FROM recipients WHERE message_id = NEW.message_id AND state = 'pending');

  DELETE FROM destinations
   WHERE domain IN (SELECT domain FROM recipients WHERE message_id = NEW.message_id)
     AND NOT EXISTS (SELECT 1 FROM recipients
                      WHERE recipients.domain = destinations.domain AND due_at IS NOT NULL);
  UPDATE destinations
     SET due_at = (SELECT min(due_at) FROM recipients
                    WHERE recipients.domain = destinations.domain AND due_at IS NOT NULL)
   WHERE domain IN (SELECT domain FROM recipients WHERE message_id = NEW.message_id)
     AND due_at <> (SELECT min(due_at) FROM recipients
                     WHERE recipients.domain = destinations.domain AND due_at IS NOT NULL);
END;
`;

export const recordProgram: Program = {
  definition,
  sql: `INSERT INTO record_outcome
        SELECT o.value ->> 'messageId', o.value ->> 'at', o.value ->> 'reply', o.value ->> 'reason',
               o.value ->> 'trouble', o.value ->> 'deferred', o.value ->> 'connection', o.value ->> 'results'
          FROM json_each(?1) AS o WHERE ?2 IS NOT NULL`,
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
    trouble: results.some((result) => result.outcome !== 'delivered') ? 1 : 0,
    deferred: results.some((result) => result.outcome === 'deferred') ? 1 : 0,
    connection: outcome.connection ?? null,
    results,
  });
  return { program: recordProgram, row: () => text, bytes: null };
}
