/** Since when what the self-test found holds, and what operators have taken note of. Times in ms since 1970. */
export const selftestSchema = `
CREATE TABLE findings (
  code    TEXT NOT NULL,
  subject TEXT NOT NULL,
  since   INTEGER NOT NULL,
  PRIMARY KEY (code, subject)
) WITHOUT ROWID;

CREATE TABLE acknowledgements (
  code    TEXT NOT NULL,
  -- Empty: whatever the finding is about.
  subject TEXT NOT NULL,
  until   INTEGER NOT NULL,
  PRIMARY KEY (code, subject)
) WITHOUT ROWID;
`;
