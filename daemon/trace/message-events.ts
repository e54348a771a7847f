/** What the queue, its history and the quarantine know of a message, as events of a trace. */
import type { QuarantinedMessage } from '../../shared/api/quarantine.ts';
import type { MessageDetail } from '../../shared/api/queue.ts';
import type { TraceEvent } from '../../shared/api/trace.ts';

export function messageEvents(detail: MessageDetail): TraceEvent[] {
  const { id: queueId, from, to, sizeBytes, subject, messageId, source, outcome, finishedAt } = detail;
  const events: TraceEvent[] = [
    {
      time: detail.createdAt,
      source: 'queue',
      message: source.sessionId === null ? 'made by maild itself' : 'accepted',
      queueId,
      ...(source.sessionId !== null && { sessionId: source.sessionId }),
      ...(source.remoteAddress !== null && { remoteAddress: source.remoteAddress }),
      ...(source.user !== null && { user: source.user }),
      from,
      to,
      sizeBytes,
      subject,
      messageId,
    },
  ];
  for (const { address, attempts } of detail.recipients) {
    for (const { at, host, address: remoteAddress, durationMs, reply, tls } of attempts) {
      events.push({
        time: at,
        source: 'attempt',
        message: reply,
        queueId,
        to: address,
        host,
        remoteAddress,
        durationMs,
        tls,
      });
    }
  }
  if (finishedAt !== null)
    events.push({
      time: finishedAt,
      source: 'queue',
      message:
        outcome === 'done' ? 'left the queue: every recipient has its outcome' : 'removed by an operator',
      queueId,
    });
  return events;
}

export const quarantineEvent = (message: QuarantinedMessage): TraceEvent => ({
  time: message.quarantinedAt,
  source: 'quarantine',
  message: `in quarantine: ${message.reason}`,
  queueId: message.id,
  ...(message.source.sessionId !== null && { sessionId: message.source.sessionId }),
  scanner: message.scanner,
  kind: message.kind,
  from: message.from,
  to: message.to,
  subject: message.subject,
  messageId: message.messageId,
});
