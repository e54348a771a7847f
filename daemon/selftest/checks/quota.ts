/** Accounts whose mail has no room any more, or soon will not: mail to the former is refused. */
import { formatBytes, formatCount } from '../../../shared/units.ts';
import { type Check, type CheckFinding, couldNotCheck, found } from '../check.ts';

export interface FullAccount {
  readonly address: string;
  readonly bytes: number;
  readonly quotaBytes: number;
}

export interface QuotaCheckNeeds {
  /** Those of which so much of their quota or more is used, the fullest first. */
  readonly fullest: (share: number, limit: number) => Promise<readonly FullAccount[]>;
  readonly storeUsable: () => boolean;
}

const nearShare = 0.9;
/** A list of a thousand says no more than that there are many. */
const maxNamed = 20;

export const quotaCheck = ({ fullest, storeUsable }: QuotaCheckNeeds): Check => ({
  name: 'quota',
  async run() {
    if (!storeUsable()) return couldNotCheck('the database cannot be used');
    const accounts = await fullest(nearShare, maxNamed + 1);
    return found(accounts.map((account, index) => (index < maxNamed ? finding(account) : more)));
  },
});

function finding({ address, bytes, quotaBytes }: FullAccount): CheckFinding {
  const over = bytes >= quotaBytes;
  const share = quotaBytes === 0 ? '' : `, ${formatCount(Math.floor((bytes / quotaBytes) * 100))}%`;
  return {
    code: over ? 'account.over_quota' : 'account.near_quota',
    severity: over ? 'warning' : 'notice',
    subject: address,
    evidence: `${formatBytes(bytes)} of ${formatBytes(quotaBytes)}${share}${over ? ': mail to it is refused' : ''}`,
    remedy: `mailctl accounts edit ${address} --quota SIZE`,
  };
}

const more: CheckFinding = {
  code: 'account.near_quota',
  severity: 'notice',
  subject: 'other accounts',
  evidence: `More than ${maxNamed} accounts are near or over their quota`,
  remedy: 'mailctl accounts list',
};
