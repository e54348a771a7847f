/** AUTH (RFC 4954): a login as it was judged, in the words of SMTP. */
import { logIn as judgeLogin, type LoginRefusal } from '../listeners/login.ts';
import { type Reply, replies } from './replies.ts';

export interface LoggedIn {
  readonly accountId: number;
  readonly user: string;
}

const refusals = {
  credentials: replies.badCredentials,
  blocked: replies.loginBlocked,
  busy: replies.loginBusy,
} as const satisfies Record<LoginRefusal, Reply>;

export async function logIn(...login: Parameters<typeof judgeLogin>): Promise<LoggedIn | Reply> {
  const result = await judgeLogin(...login);
  return result.ok ? { accountId: result.accountId, user: result.user } : refusals[result.reason];
}
