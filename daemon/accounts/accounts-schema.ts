/** Tables of people and addresses: accounts, the domains that are ours beside those of the file, aliases, blocks. */
export const accountsSchema = `
CREATE TABLE accounts (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  -- The address is the login name; in lower case.
  address         TEXT NOT NULL UNIQUE,
  -- $scrypt$ln=15,r=8,p=1$salt$hash; of an imported account that has not logged in yet {SCHEME}hash.
  password_hash   TEXT NOT NULL,
  enabled         INTEGER NOT NULL DEFAULT 1,
  quota_bytes     INTEGER,
  created_at      INTEGER NOT NULL,
  last_login_at   INTEGER,
  last_login_from TEXT
);

CREATE TABLE domains (
  name       TEXT PRIMARY KEY,
  -- Address that gets what fits no account or alias.
  catch_all  TEXT,
  -- 0: of the configuration file, here only for its catch-all; not ours any more when the file drops it.
  added      INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE aliases (
  address TEXT NOT NULL,
  target  TEXT NOT NULL,
  PRIMARY KEY (address, target)
) WITHOUT ROWID;

-- Client addresses and users that are refused for a time.
CREATE TABLE blocks (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT NOT NULL CHECK (kind IN ('address', 'user')),
  value      TEXT NOT NULL,
  reason     TEXT NOT NULL,
  source     TEXT NOT NULL CHECK (source IN ('operator', 'guessing')),
  created_at INTEGER NOT NULL,
  until      INTEGER NOT NULL
);
`;
