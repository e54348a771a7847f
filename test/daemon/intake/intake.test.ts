import { describe, expect, it } from 'vitest';
import { FreeSpace } from '../../../daemon/intake/free-space.ts';
import { Intake, type IntakeNeeds } from '../../../daemon/intake/intake.ts';
import type { IncomingMessage } from '../../../daemon/intake/intake-port.ts';
import { MessageFiles } from '../../../daemon/intake/message-files.ts';
import type { NewMessage } from '../../../daemon/queue/queue-port.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const message: IncomingMessage = {
  envelope: { from: '', bodyType: '7bit', smtpUtf8: false, envelopeId: null, returnContent: null },
  content: { sizeBytes: 1, inline: Buffer.from('x'), file: null, subject: null, messageId: null },
  source: { sessionId: 1, remoteAddress: null, user: null },
  remote: [{ address: 'a@b', notify: null, originalRecipient: null }],
  local: [],
};

function intake(changes: Partial<IntakeNeeds> & { free?: number | Error } = {}) {
  const clock = new FakeClock();
  const disk = { free: changes.free ?? 1_000 };
  const accepted: NewMessage[] = [];
  const freeSpace = new FreeSpace('/state', clock, async () => {
    if (disk.free instanceof Error) throw disk.free;
    return disk.free;
  });
  const needs: IntakeNeeds = {
    queue: { nextId: () => 7, accept: async (m) => void accepted.push(m) },
    freeSpace,
    minFreeBytes: () => 100,
    receivingPaused: () => null,
    storeProblem: () => null,
    screeningFor: () => null,
    spamToJunk: () => true,
    files: new MessageFiles('/nonexistent'),
    submit: async () => {},
    ...changes,
  };
  return { intake: new Intake(needs), clock, disk, freeSpace, accepted };
}

describe('the door', () => {
  it('is open', async () => {
    const { intake: door, accepted } = intake();
    expect(door.refusal()).toBeNull();
    await door.accept(door.nextId(), message);
    expect(accepted).toEqual([{ id: 7, ...message }]);
  });

  it('is shut while receiving is paused', () => {
    const pause = { since: '2026-01-01T00:00:00.000Z', until: null, reason: 'backup' };
    expect(intake({ receivingPaused: () => pause }).intake.refusal()).toMatchObject({
      code: 451,
      enhancedCode: '4.3.2',
    });
  });

  it.each([
    ['store.full', 452, '4.3.1'],
    ['store.damaged', 451, '4.3.0'],
  ])('is shut while the database is %s', (code, reply, enhancedCode) => {
    expect(intake({ storeProblem: () => ({ code }) }).intake.refusal()).toMatchObject({
      code: reply,
      enhancedCode,
    });
  });

  it('says so when a message could not be stored', async () => {
    const failing = { nextId: () => 1, accept: () => Promise.reject(new Error('no')) };
    await expect(intake({ queue: failing }).intake.accept(1, message)).rejects.toThrow('no');
  });

  it('takes nothing for nobody', async () => {
    await expect(intake().intake.accept(1, { ...message, remote: [] })).rejects.toThrow('no recipients');
  });
});

describe('a disk that fills up', () => {
  it('shuts the door, which opens by itself when there is space again', async () => {
    const { intake: door, clock, disk, freeSpace } = intake({ free: 50 });
    await freeSpace.refresh();
    expect(door.refusal()).toMatchObject({ code: 452, enhancedCode: '4.3.1' });
    disk.free = 500;
    clock.advance(1_000);
    door.refusal();
    await Promise.resolve();
    await Promise.resolve();
    expect(door.refusal()).toBeNull();
  });

  it('that was full a while ago does not refuse the first message since', async () => {
    const { intake: door, clock, freeSpace } = intake({ free: 50 });
    await freeSpace.refresh();
    clock.advance(60_000);
    expect(door.refusal()).toBeNull();
  });

  it('whose space is not known is written to', async () => {
    const { intake: door, freeSpace } = intake({ free: new Error('EIO') });
    await freeSpace.refresh();
    expect(door.refusal()).toBeNull();
  });
});
