/** What ten programs ask of a mail server at the same moment, each as fast as it gets its answers. */
import { ImapSession, Pop3Session } from './imap-session.mjs';
import { inboxMessages, message, password, users } from './mailbox-servers.mjs';

const [first] = users;
const appended = 2_000;
const searches = [
  'SUBJECT needle',
  'SUBJECT "topic 7"',
  'FROM "sender 42"',
  'HEADER Message-ID 9999@',
  'OR SUBJECT "number 77" TO nobody',
];

/** Ten programs start at the same moment, on one folder. */
const fetchFlags = ({ imap }) =>
  atOnce(users, async () => {
    const session = await ImapSession.loggedIn(imap, first, password);
    await session.command('SELECT Big');
    await session.command('FETCH 1:* (FLAGS)');
    await session.logout();
  });

const fetchWhole = ({ imap }) =>
  atOnce(users, async (user) => {
    const session = await ImapSession.loggedIn(imap, user, password);
    await session.command('EXAMINE INBOX');
    await session.command('FETCH 1:2000 BODY.PEEK[]');
    if (session.bytes < inboxMessages * 4_000) throw new Error(`bench: only ${session.bytes} bytes came`);
    await session.logout();
  });

/** One after the other in each session. */
const append = ({ imap }) =>
  atOnce(users, async (user) => {
    const session = await ImapSession.loggedIn(imap, user, password);
    for (let n = 0; n < appended / users.length; n++) {
      const text = message(n);
      await session.command(`APPEND Filed () {${text.length}+}\r\n${text}`);
    }
    await session.logout();
  });

const search = ({ imap }) =>
  atOnce(users, async () => {
    const session = await ImapSession.loggedIn(imap, first, password);
    await session.command('EXAMINE Big');
    for (const wanted of searches) await session.command(`SEARCH ${wanted}`);
    await session.logout();
  });

const retrieve = ({ pop3 }) =>
  atOnce(users, async (user) => {
    const session = await Pop3Session.loggedIn(pop3, user, password);
    await session.lines('UIDL');
    for (let n = 1; n <= inboxMessages; n++) await session.lines(`RETR ${n}`);
    await session.quit();
  });

const atOnce = (all, work) => Promise.all(all.map(work));

/** What is wanted of us: a part of the peer's speed. `count` is what the load does, for a rate. */
export const measurements = {
  'LOGIN, SELECT, FETCH 1:* (FLAGS) of 10,000': { wanted: 0.5, run: fetchFlags, count: users.length },
  'FETCH of 2,000 whole messages of 4 KB': {
    wanted: 0.5,
    run: fetchWhole,
    count: users.length * inboxMessages,
  },
  'APPEND of 2,000, each synced': { wanted: 1, run: append, count: appended },
  'SEARCH of text in headers of 10,000': { wanted: 1, run: search, count: users.length * searches.length },
  'POP3 retrieval of 2,000': { wanted: 0.5, run: retrieve, count: users.length * inboxMessages },
};
