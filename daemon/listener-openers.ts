/** Who opens a listener of which protocol. Protocols that are not in the table this version does not serve. */
import type { ListenerProtocol } from './config/config.ts';
import { type ImapListenerNeeds, imapListener } from './imap/imap-listener.ts';
import { type ListenerOpener, ListenerUnavailableError } from './lifecycle/listener-set.ts';
import { MingerListener, type MingerListenerNeeds } from './minger/minger-listener.ts';
import type { TlsContext } from './net/tls-context.ts';
import { MaildropLocks } from './pop3/maildrop-locks.ts';
import { Pop3Listener, type Pop3ListenerNeeds } from './pop3/pop3-listener.ts';
import { securedOpener } from './secured-opener.ts';
import { SmtpListener, type SmtpListenerNeeds } from './smtp/smtp-listener.ts';

export type OpenerNeeds = Omit<SmtpListenerNeeds, 'listener' | 'tls'> &
  Omit<ImapListenerNeeds, 'listener' | 'tls'> &
  Omit<MingerListenerNeeds, 'listener'> &
  Omit<Pop3ListenerNeeds, 'listener' | 'tls' | 'locks'> & { readonly tls: TlsContext };

export function listenerOpener(needs: OpenerNeeds): ListenerOpener {
  const smtp = securedOpener(needs.tls, (listener, tls) => new SmtpListener({ ...needs, listener, tls }));
  const locks = new MaildropLocks(needs.clock);
  const openers: Readonly<Partial<Record<ListenerProtocol, ListenerOpener>>> = {
    smtp,
    submission: smtp,
    pop3: securedOpener(needs.tls, (listener, tls) => new Pop3Listener({ ...needs, locks, listener, tls })),
    imap: securedOpener(needs.tls, (listener, tls) => imapListener({ ...needs, listener, tls })),
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
