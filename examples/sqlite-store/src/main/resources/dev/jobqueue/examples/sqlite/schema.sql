-- A job. Args and results are bytes, so that nothing changes them; times are milliseconds.
CREATE TABLE IF NOT EXISTS job (
    seq          INTEGER PRIMARY KEY, -- enqueue order: what decides among equals, never a time
    id           TEXT NOT NULL UNIQUE,
    type         TEXT NOT NULL,
    channel      TEXT NOT NULL,
    priority     INTEGER NOT NULL,
    unique_key   TEXT,
    state        TEXT NOT NULL,
    args         BLOB NOT NULL,
    given        TEXT NOT NULL, -- dependencies and options as given, JSON
    enqueued     INTEGER NOT NULL,
    earliest     INTEGER NOT NULL,
    unblocked    INTEGER,
    due          INTEGER,
    ready        INTEGER,
    finished     INTEGER,
    waiting_for  INTEGER NOT NULL, -- distinct dependencies that are unfinished
    needed_by    INTEGER NOT NULL, -- distinct dependents
    attempts     INTEGER NOT NULL,
    failures     INTEGER NOT NULL,
    recoveries   INTEGER NOT NULL,
    token        TEXT, -- of the running attempt
    progress     BLOB,
    result       BLOB,
    error        TEXT, -- JSON
    cancel_reason TEXT -- JSON, since it may hold U+0000
);

-- The running attempt and the last hundred that have ended; a token is known as long as its attempt.
CREATE TABLE IF NOT EXISTS attempt (
    job    INTEGER NOT NULL REFERENCES job,
    number INTEGER NOT NULL,
    token  TEXT NOT NULL UNIQUE,
    state  TEXT NOT NULL, -- JSON
    PRIMARY KEY (job, number)
) WITHOUT ROWID;

-- The edges in effect, by position.
CREATE TABLE IF NOT EXISTS edge (
    dependent  INTEGER NOT NULL REFERENCES job,
    position   INTEGER NOT NULL,
    dependency INTEGER NOT NULL REFERENCES job,
    required   INTEGER NOT NULL,
    PRIMARY KEY (dependent, position)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS pause (kind TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS edge_dependency ON edge (dependency, dependent);
-- Each order that a call reads, with no finished job in it but for the last two.
CREATE INDEX IF NOT EXISTS job_ready ON job (type, channel, priority DESC, seq) WHERE state = 'READY';
CREATE INDEX IF NOT EXISTS job_scheduled ON job (type, channel, due) WHERE state = 'SCHEDULED';
CREATE INDEX IF NOT EXISTS job_due ON job (due) WHERE state = 'SCHEDULED';
CREATE INDEX IF NOT EXISTS job_running ON job (seq) WHERE state = 'RUNNING';
CREATE INDEX IF NOT EXISTS job_free ON job (seq) WHERE state = 'BLOCKED' AND waiting_for = 0;
CREATE UNIQUE INDEX IF NOT EXISTS job_token ON job (token) WHERE token IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS job_key ON job (type, channel, unique_key) WHERE unique_key IS NOT NULL AND finished IS NULL;
CREATE INDEX IF NOT EXISTS job_unfinished ON job (type, channel, state, seq) WHERE finished IS NULL;
CREATE INDEX IF NOT EXISTS job_finished ON job (type, channel, finished, seq) WHERE finished IS NOT NULL;
CREATE INDEX IF NOT EXISTS job_removable ON job (finished, seq) WHERE finished IS NOT NULL AND needed_by = 0;
