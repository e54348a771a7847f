/** Who is refused: this machine itself, which is always a mistake, and how many others for now. */
import type { Block } from '../../../shared/api/sessions.ts';
import { isOwnAddress } from '../../net/own-addresses.ts';
import { type Check, found, ok } from '../check.ts';

const named = 5;

export const loopbackBanCheck = (blocks: () => readonly Block[]): Check => ({
  name: 'loopback-ban',
  async run() {
    return found(
      blocks()
        .filter(({ kind, value }) => kind === 'address' && isOwnAddress(value.replace(/\/64$/, '')))
        .map(({ id, value, reason, until }) => ({
          code: 'bans.own_address',
          severity: 'error' as const,
          subject: value,
          evidence: `This machine itself is refused until ${until}: ${reason}`,
          remedy: `mailctl blocks remove ${id}`,
        })),
    );
  },
});

export const bansCheck = (blocks: () => readonly Block[]): Check => ({
  name: 'bans',
  async run() {
    const guessers = blocks().filter(({ source }) => source === 'guessing');
    if (guessers.length === 0) return ok;
    const some = guessers.slice(0, named).map(({ value }) => value);
    const more = guessers.length > named ? ` and ${guessers.length - named} more` : '';
    return found([
      {
        code: 'bans.temporary',
        severity: 'notice',
        subject: 'logins',
        evidence: `Refused for now for guessing passwords: ${some.join(', ')}${more}`,
        remedy: 'mailctl blocks list',
      },
    ]);
  },
});
