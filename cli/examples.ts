/** Two examples for the help of every command: what to type, and what it does. test/cli/help.test.ts holds that none is missing. */

import { accountExamples } from './account-examples.ts';

export type Example = readonly [line: string, meaning: string];
export type Examples = Readonly<Record<string, readonly [Example, Example]>>;

export const examples: Examples = {
  ...accountExamples,
  '': [
    ['mailctl status', 'is it up, what is wrong, what is it doing'],
    ['mailctl queue --domain example.net', 'what waits for a domain'],
  ],
  status: [
    ['mailctl status', 'everything on one screen'],
    ['mailctl status --json | jq .queue.deferred', 'one fact for a script'],
  ],
  tui: [
    ['mailctl tui', 'the same as mailctl alone; ? shows the keys'],
    ['mailctl tui --read-only', 'look without being able to change anything'],
  ],
  server: [
    ['mailctl server reload', 'apply a changed configuration'],
    ['mailctl server pause delivering --for 2h', 'accept mail, send none'],
  ],
  'server start': [
    ['mailctl server start', 'listen and deliver again'],
    ['mailctl server start && mailctl status', 'and see what came of it'],
  ],
  'server stop': [
    ['mailctl server stop --reason "new disk"', 'no mail in or out; mailctl still works'],
    ['mailctl server stop --timeout 1m', 'wait no longer than that for deliveries'],
  ],
  'server reload': [
    ['mailctl config check && mailctl server reload', 'check before'],
    ['mailctl server reload --json', 'what was applied, for a script'],
  ],
  'server pause': [
    ['mailctl server pause delivering --for 2h', 'resumes by itself'],
    ['mailctl server pause receiving --reason "moving"', 'clients are told to come again'],
  ],
  'server resume': [
    ['mailctl server resume delivering', 'one part'],
    ['mailctl server resume receiving,delivering', 'two'],
  ],
  sessions: [
    ['mailctl sessions --type smtp --older-than 10m', 'who has been here for long'],
    ['mailctl sessions kill 42 --block 1h', 'end a session, refuse its address for a time'],
  ],
  'sessions list': [
    ['mailctl sessions list --user "ann@*"', 'the sessions of a user'],
    ['mailctl sessions --sort idle --reverse', 'the quietest first'],
  ],
  'sessions kill': [
    ['mailctl sessions kill 42 43', 'two sessions'],
    ['mailctl sessions kill --ip 203.0.113.0/24 --block 1d', 'a whole network, and keep it out'],
  ],
  'sessions watch': [
    ['mailctl sessions watch 42', 'what is said, as it is said'],
    ['mailctl sessions watch 42 --no-follow', 'what has been said lately'],
  ],
  connections: [
    ['mailctl connections', 'state, last poll, next poll of each'],
    ['mailctl connections show isp', 'one of them with its last runs'],
  ],
  'connections list': [
    ['mailctl connections list', 'state, last poll, next poll of each'],
    ['mailctl connections --json | jq .lastPollResult', 'one fact for a script'],
  ],
  'connections show': [
    ['mailctl connections show isp', 'its parts, its last runs, its totals'],
    ['mailctl connections show isp --json | jq .runs', 'the runs for a script'],
  ],
  'connections add': [
    [
      'mailctl connections add isp --pop3 pop.test --user ann --deliver-to ann@b.c',
      'collect a mailbox; asks for its password',
    ],
    ['mailctl connections add out --relay smtp.test --relay-user ann --default', 'send by a relay'],
  ],
  'connections edit': [
    ['mailctl connections edit isp --schedule "every 5m on mon-fri; every 1h"', 'working days'],
    ['mailctl connections edit isp --relay-password', 'a new password at the relay'],
  ],
  'connections remove': [
    ['mailctl connections remove isp', 'asks before'],
    ['mailctl connections remove isp --yes', 'does not ask'],
  ],
  'connections enable': [
    ['mailctl connections enable isp', 'its schedule counts again'],
    ['mailctl connections enable isp && mailctl connect-now isp --follow', 'and connect at once'],
  ],
  'connections disable': [
    ['mailctl connections disable isp', 'it connects no more'],
    ['mailctl server pause collecting --for 1h', 'all of them, for a time'],
  ],
  'connections test': [
    ['mailctl connections test isp', 'are the passwords right?'],
    ['mailctl connections test isp --json', 'a line for each login'],
  ],
  'connections add-collector': [
    ['mailctl connections add-collector isp --imap imap.test --delete ...', 'one more mailbox, emptied'],
    ['mailctl connections add-collector isp --pop3 pop.test --by-headers ...', 'one mailbox for many people'],
  ],
  'connections edit-collector': [
    ['mailctl connections edit-collector isp 2 --keep-days 14', 'keep messages there for two weeks'],
    ['mailctl connections edit-collector isp 2 --password', 'a new password'],
  ],
  'connections remove-collector': [
    ['mailctl connections remove-collector isp 2', 'collect from it no more'],
    ['mailctl connections show isp', 'the ids of its collectors'],
  ],
  'connect-now': [
    ['mailctl connect-now isp --follow', 'each step, and the outcome as exit code'],
    ['mailctl connect-now', 'by the default connection'],
  ],
  blocks: [
    ['mailctl blocks add 203.0.113.9 --for 1d', 'refuse an address'],
    ['mailctl blocks remove 7', 'lift a block'],
  ],
  'blocks list': [
    ['mailctl blocks', 'who is refused, and until when'],
    ['mailctl blocks list --json | jq .value', 'just the addresses and users'],
  ],
  'blocks add': [
    ['mailctl blocks add 203.0.113.9 --for 1d', 'an address'],
    ['mailctl blocks add ann@example.org --for 1h', 'a user, who cannot log in so long'],
  ],
  'blocks remove': [
    ['mailctl blocks remove 7', 'one'],
    ['mailctl blocks remove 7 8 9', 'several'],
  ],
  queue: [
    ['mailctl queue explain 42', 'why it has not gone out, and what would help'],
    ['mailctl queue remove --from "*@spam.test" --dry-run', 'what would be removed'],
  ],
  'queue list': [
    ['mailctl queue --state deferred --domain example.net', 'what waits for a domain'],
    ['mailctl queue list --sort size --reverse --limit 10', 'the largest ten'],
  ],
  'queue show': [
    ['mailctl queue show 42', 'every attempt with its reply'],
    ['mailctl queue show 42 --raw > message.eml', 'the message, byte for byte'],
  ],
  'queue explain': [
    ['mailctl queue explain 42', 'in sentences'],
    ['mailctl queue explain 42 --json | jq .reasons', 'with codes for a script'],
  ],
  'queue summary': [
    ['mailctl queue summary --by reason', 'what remote servers say'],
    ['mailctl queue summary --older-than 1d', 'the old ones by domain'],
  ],
  'queue send-now': [
    ['mailctl queue send-now 42', 'one message'],
    ['mailctl queue send-now --domain example.net', 'all for a domain that is back'],
  ],
  'queue hold': [
    ['mailctl queue hold --from "news@*" --reason "too many"', 'what a sender has waiting'],
    ['mailctl queue hold 42', 'one message'],
  ],
  'queue release': [
    ['mailctl queue release 42', 'one message'],
    ['mailctl queue release --state held', 'all that are held'],
  ],
  'queue remove': [
    ['mailctl queue remove 42', 'one message; queue undo brings it back'],
    ['mailctl queue remove --from "*@spam.test" --dry-run', 'what would be removed'],
  ],
  'queue bounce': [
    ['mailctl queue bounce 42 --reason "no such company"', 'tell the sender now'],
    ['mailctl queue bounce --to "*@gone.example"', 'all for a domain that is gone'],
  ],
  'queue clear': [
    ['mailctl queue clear --dry-run', 'how much that would be'],
    ['mailctl queue clear --yes', 'without being asked'],
  ],
  'queue undo': [
    ['mailctl queue undo', 'the last removal'],
    ['mailctl queue undo 17', 'the one that queue operations lists as 17'],
  ],
  'queue operations': [
    ['mailctl queue operations', 'what can be undone'],
    ['mailctl queue operations --json', 'the same for a script'],
  ],
  quarantine: [
    ['mailctl quarantine', 'what was kept back, and why'],
    ['mailctl quarantine release 42', 'it was harmless'],
  ],
  'quarantine list': [
    ['mailctl quarantine', 'the newest first'],
    ['mailctl quarantine list --json | jq -r .reason | sort | uniq -c', 'what is found most'],
  ],
  'quarantine show': [
    ['mailctl quarantine show 42', 'what was found in it'],
    ['mailctl quarantine show 42 --headers', 'where it came from'],
  ],
  'quarantine release': [
    ['mailctl quarantine release 42', 'into the queue, or the INBOX'],
    ['mailctl quarantine release 42 43', 'several'],
  ],
  'quarantine remove': [
    ['mailctl quarantine remove 42', 'for good: this cannot be undone'],
    ['mailctl quarantine remove --all --dry-run', 'how much that would be'],
  ],
  log: [
    ['mailctl log -f --level warn', 'follow what may need somebody'],
    ['mailctl log levels delivery=debug --for 1h', 'log more of one category for a time'],
  ],
  'log show': [
    ['mailctl log -f --session 42', 'follow one session'],
    ['mailctl log --queue 4711 --since 2d', 'the story of one message'],
  ],
  'log levels': [
    ['mailctl log levels', 'what is logged'],
    ['mailctl log levels smtp=trace --for 10m', 'more, and back by itself'],
  ],
  doctor: [
    ['mailctl doctor', 'what is wrong, and what helps'],
    ['mailctl doctor --json | jq -r .remedy', 'just what helps, for a script'],
  ],
  'doctor run': [
    ['mailctl doctor', 'runs all checks; exit 1 with an error'],
    ['mailctl doctor run --checks', 'what was looked at, and what could not be'],
  ],
  'doctor acknowledge': [
    ['mailctl doctor acknowledge dns.spf_missing example.org --for 7d', 'known, for a week'],
    ['mailctl doctor acknowledge dns.spf_missing --for 0', 'warned of again'],
  ],
  housekeeper: [
    ['mailctl housekeeper', 'what runs when, and what came of it'],
    ['mailctl housekeeper run daily-report', 'a report right now'],
  ],
  'housekeeper list': [
    ['mailctl housekeeper', 'the tasks'],
    ['mailctl housekeeper list --json | jq .nextRunAt', 'one fact for a script'],
  ],
  'housekeeper run': [
    ['mailctl housekeeper run daily-report', 'a report right now'],
    ['mailctl housekeeper run database', 'check and shrink the database'],
  ],
  'housekeeper history': [
    ['mailctl housekeeper history', 'all that ran lately'],
    ['mailctl housekeeper history database --limit 5', 'the last five of one task'],
  ],
  trace: [
    ['mailctl trace ann@example.org --since 2h', 'what became of her mail'],
    ['mailctl trace 42', 'the whole story of a message'],
  ],
  audit: [
    ['mailctl audit --since 1d', 'what was changed since yesterday'],
    ['mailctl audit --about ann@example.org', 'and who changed that account'],
  ],
  'audit list': [
    ['mailctl audit --method "queue.*" --user ann', 'what she did to the queue'],
    ['mailctl audit --failed --json | jq -r .outcome', 'what was refused, for a script'],
  ],
  minger: [
    ['mailctl minger query ann@example.org --server mx.example.org', 'is she there?'],
    ['mailctl minger query ann@example.org --server 192.0.2.1 --udp', 'by UDP'],
  ],
  'minger query': [
    ['mailctl minger query ann@example.org --server mx.example.org', 'exit 0 when she is'],
    ['mailctl minger query ann@example.org --server mx.test --secret', 'with a proof'],
  ],
  config: [
    ['mailctl config check new.toml', 'all faults of a file, each with its line'],
    ['mailctl config describe delivery.', 'keys whose names begin so, and what they do'],
  ],
  'config check': [
    ['mailctl config check', 'the file in use'],
    ['mailctl config check new.toml && mv new.toml maild.toml', 'before it is used'],
  ],
  'config show': [
    ['mailctl config show', 'what is in force, and why'],
    ['mailctl config show --json | jq -r .key', 'the keys for a script'],
  ],
  'config describe': [
    ['mailctl config describe', 'every key'],
    ['mailctl config describe delivery.expire_after', 'one, in full'],
  ],
  api: [
    [`mailctl api queue.show '{"id": 42}'`, 'a call as scripts make it'],
    ['mailctl api --discover | jq .methods', 'what there is to call'],
  ],
  completion: [
    ['eval "$(mailctl completion bash)"', 'in ~/.bashrc'],
    ['mailctl completion fish > ~/.config/fish/completions/mailctl.fish', 'once'],
  ],
};

/** The help is as wide at most as a terminal is at least. */
const helpWidth = 80;

/** For the end of the help; empty when there are none. */
export function examplesText(path: string): string {
  const pair = examples[path] ?? [];
  const width = Math.max(0, ...pair.map(([line]) => line.length));
  const fits = pair.every(([, meaning]) => width + meaning.length + 5 <= helpWidth);
  const lines = pair.map(([line, meaning]) =>
    fits ? `  ${line.padEnd(width)}   ${meaning}` : `  ${line}\n      ${meaning}`,
  );
  return lines.length === 0 ? '' : ['', 'Examples:', ...lines].join('\n');
}
