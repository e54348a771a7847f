/** Who is at the other end, and what it can do. */
import { protocolVersion, version } from '../../../shared/version.ts';
import { MaildError } from '../../errors.ts';
import { Discovery } from '../discover.ts';
import type { HandlersOf } from '../handler.ts';

export class ProtocolError extends MaildError {
  constructor(client: string, protocol: number) {
    super(
      'protocol.incompatible',
      `maild ${version} speaks protocol ${protocolVersion} and ${client} protocol ${protocol}: install the same version of both`,
      { details: { version, protocol: protocolVersion } },
    );
  }
}

export function serviceHandlers(needs: {
  /** This host's name, as the server gives it in SMTP. */
  hostname: () => string;
}): HandlersOf<'service'> & HandlersOf<'rpc'> {
  const discovery = new Discovery();
  return {
    'service.hello': ({ client, protocol }) => {
      if (protocol !== protocolVersion) throw new ProtocolError(client, protocol);
      return { name: 'maild', version, protocol: protocolVersion, hostname: needs.hostname() };
    },
    'rpc.discover': () => discovery.document(),
  };
}
