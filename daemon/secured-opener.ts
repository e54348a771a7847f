/** Opens listeners with TLS, of whatever protocol, and gives them each certificate that comes into force. */
import type { SecureContextOptions } from 'node:tls';
import type { ListenerConfig } from './config/config.ts';
import type { ListenerOpener } from './lifecycle/listener-set.ts';
import type { CertificateAndKey } from './net/self-signed-certificate.ts';
import type { TlsContext } from './net/tls-context.ts';

interface SecuredListener {
  readonly port: number;
  listen(): Promise<void>;
  updateTls(tls: SecureContextOptions): void;
  close(options: { readonly drainMs: number }): Promise<void>;
}

/** @param make Its second argument is null for a listener without TLS. */
export const securedOpener =
  (
    tls: TlsContext,
    make: (listener: ListenerConfig, tls: SecureContextOptions | null) => SecuredListener,
  ): ListenerOpener =>
  async (config) => {
    const options = ({ certificate, key }: CertificateAndKey) => ({ cert: certificate, key });
    const listener = make(config, config.tls === 'none' ? null : options(tls.pair));
    await listener.listen();
    const forget =
      config.tls === 'none' ? () => {} : tls.changed.on((pair) => listener.updateTls(options(pair)));
    return {
      port: listener.port,
      close: (drainMs) => {
        forget();
        return listener.close({ drainMs });
      },
    };
  };
