/** Opens SMTP and submission listeners, and gives them each certificate that comes into force. */
import type { ListenerOpener } from './lifecycle/listener-set.ts';
import type { CertificateAndKey } from './net/self-signed-certificate.ts';
import type { TlsContext } from './net/tls-context.ts';
import { SmtpListener, type SmtpListenerNeeds } from './smtp/smtp-listener.ts';

export type SmtpOpenerNeeds = Omit<SmtpListenerNeeds, 'listener' | 'tls'> & { readonly tls: TlsContext };

export const smtpOpener =
  ({ tls, ...needs }: SmtpOpenerNeeds): ListenerOpener =>
  async (listener) => {
    const options = ({ certificate, key }: CertificateAndKey) => ({ cert: certificate, key });
    const smtp = new SmtpListener({
      ...needs,
      listener,
      tls: listener.tls === 'none' ? null : options(tls.pair),
    });
    await smtp.listen();
    const forget =
      listener.tls === 'none' ? () => {} : tls.changed.on((pair) => smtp.updateTls(options(pair)));
    return {
      port: smtp.port,
      close: (drainMs) => {
        forget();
        return smtp.close({ drainMs });
      },
    };
  };
