/** Who opens a listener of which protocol. Protocols that are not in the table this version does not serve. */
import type { ListenerProtocol } from './config/config.ts';
import { type ListenerOpener, ListenerUnavailableError } from './lifecycle/listener-set.ts';
import { MingerListener, type MingerListenerNeeds } from './minger/minger-listener.ts';
import { type SmtpOpenerNeeds, smtpOpener } from './smtp-opener.ts';

export type OpenerNeeds = SmtpOpenerNeeds & Omit<MingerListenerNeeds, 'listener'>;

export function listenerOpener(needs: OpenerNeeds): ListenerOpener {
  const smtp = smtpOpener(needs);
  const openers: Readonly<Partial<Record<ListenerProtocol, ListenerOpener>>> = {
    smtp,
    submission: smtp,
    minger: mingerOpener(needs),
  };
  return async (listener) => {
    const open = openers[listener.protocol];
    if (open === undefined) throw new ListenerUnavailableError(listener.protocol);
    return open(listener);
  };
}

/** Answers are quick, so nothing is waited for at the end. */
const mingerOpener =
  (needs: Omit<MingerListenerNeeds, 'listener'>): ListenerOpener =>
  async (listener) => {
    const minger = new MingerListener({ ...needs, listener });
    await minger.listen();
    return { port: minger.port, close: () => minger.close() };
  };
