-- jobqueue, schema version 1: tables and indexes.
--
-- Everything is made in the first schema of the search_path. Applied by PostgresJobQueue.migrate, or by Flyway as it is.

-- What this schema is, in one row. "applying" is the version whose file has begun and not ended: it is seen only if a file was run by hand outside of
-- one transaction and broke off. "oldest_library" is the lowest schema level that a library must know to work with these tables.
CREATE TABLE schema_version (
    one_row        boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    version        integer NOT NULL,
    applying       integer,
    oldest_library integer NOT NULL
);

INSERT INTO schema_version (version, applying, oldest_library) VALUES (0, 1, 1);

CREATE TYPE job_state AS ENUM ('BLOCKED', 'SCHEDULED', 'READY', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED');

CREATE TYPE attempt_end AS ENUM ('SUCCEEDED', 'FAILED', 'RELEASED', 'HEARTBEAT_LOST', 'TIMED_OUT', 'CANCELED');

-- One row a job, with its running attempt, or with its last one once it is finished: most jobs need no other row.
-- Texts that may hold U+0000 (reasons) are JSON strings, since PostgreSQL's text cannot; json, not jsonb, keeps what was given byte by byte.
CREATE TABLE job (
    id            uuid        NOT NULL PRIMARY KEY,
    seq           bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,  -- enqueue order; higher than that of every dependency
    enqueued      timestamptz NOT NULL,
    earliest      timestamptz,                                        -- not to run before; NULL for the time of the enqueue
    unblocked     timestamptz,
    due           timestamptz,
    ready         timestamptz,
    started       timestamptz,                                        -- of the attempt
    started_tick  bigint,                                             -- the same on the clock for ages
    finished      timestamptz,
    timeout_ms    bigint,
    state         job_state   NOT NULL,
    ending        attempt_end,                                        -- how the last attempt ended; only if the job ended with it
    attempt       integer     NOT NULL DEFAULT 0,                     -- number of the running or last attempt
    failures      integer     NOT NULL DEFAULT 0,
    recoveries    integer     NOT NULL DEFAULT 0,
    waiting_for   integer     NOT NULL DEFAULT 0,                     -- distinct unfinished dependencies while BLOCKED
    dependencies  integer     NOT NULL DEFAULT 0,                     -- length of the list
    priority      smallint    NOT NULL,
    needed        boolean     NOT NULL DEFAULT false,                 -- of a finished job: whether an edge leads to it
    token         uuid,                                               -- of the running attempt, or of the one the job ended with
    type          text        NOT NULL COLLATE "C",
    channel       text        NOT NULL COLLATE "C",
    unique_key    text        COLLATE "C",
    worker        text,
    args          json        NOT NULL,
    options       json,                                               -- those that are not the default and have no column
    result        json,
    error         json,
    error_details json,
    cancel_reason json
) WITH (
    fillfactor = 90,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 0
);

-- The order of claims. Read as the head of each wanted pair.
CREATE INDEX job_ready ON job (type, channel, priority DESC, seq) WHERE state = 'READY';

CREATE INDEX job_waiting ON job (type, channel, state, seq) WHERE state IN ('BLOCKED', 'SCHEDULED');

CREATE INDEX job_due ON job (type, channel, due) WHERE state = 'SCHEDULED';

-- Unique indexes on columns that change are partial: on a full one setting the token would be a change of a key, and wait for every enqueue that names
-- the job as a dependency.
CREATE UNIQUE INDEX job_running ON job (token) WHERE state = 'RUNNING';

-- Tokens of finished jobs. Its condition is that of no other index: the planner must not read a whole one instead.
CREATE INDEX job_ended ON job (token) WHERE ending IS NOT NULL;

CREATE UNIQUE INDEX job_unique_key ON job (type, channel, unique_key) WHERE unique_key IS NOT NULL AND state < 'SUCCEEDED';

CREATE INDEX job_finished ON job (type, channel, finished, seq) WHERE state >= 'SUCCEEDED';

-- Finished jobs that no job depends on, oldest first: what prune looks at.
CREATE INDEX job_prunable ON job (finished, seq) WHERE state >= 'SUCCEEDED' AND NOT needed;

-- The dependencies of a job, by position.
CREATE TABLE edge (
    job_id         uuid    NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    position       integer NOT NULL,
    dependency_id  uuid    NOT NULL REFERENCES job (id),  -- in effect: where a unique key was taken, its holder
    job_seq        bigint  NOT NULL,                      -- seq of job_id, so that dependents are read in order
    required       boolean NOT NULL,                      -- in effect: at one position required is at all positions
    given_id       uuid,                                  -- as given, if it differs
    given_required boolean NOT NULL,
    PRIMARY KEY (job_id, position)
) WITH (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000
);

CREATE INDEX edge_dependents ON edge (dependency_id, job_seq);

-- Attempts that ended while their job did not; the last 100 of a job.
CREATE TABLE attempt (
    job_id        uuid        NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    number        integer     NOT NULL,
    token         uuid        NOT NULL,
    started       timestamptz NOT NULL,
    ended         timestamptz NOT NULL,
    ending        attempt_end NOT NULL,
    worker        text        NOT NULL,
    error         json,
    error_details json,
    PRIMARY KEY (job_id, number)
) WITH (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000
);

CREATE INDEX attempt_token ON attempt (token);

-- When a running attempt was last heard of. No row before the first refresh, no index on the time: every refresh is a HOT update. No foreign key: its
-- check would wait for the lock that a finish holds on the job. Rows of ended attempts mean nothing; the sweep removes what a finish left.
CREATE TABLE heartbeat (
    token uuid   NOT NULL PRIMARY KEY,
    tick  bigint NOT NULL
) WITH (
    fillfactor = 40,
    autovacuum_vacuum_scale_factor = 0.1,
    autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0
);

-- The last progress of a running attempt; as heartbeat.
CREATE TABLE progress (
    token    uuid NOT NULL PRIMARY KEY,
    progress json NOT NULL
) WITH (
    fillfactor = 40,
    autovacuum_vacuum_scale_factor = 0.1,
    autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_cost_delay = 0
);

CREATE TYPE pause_scope AS ENUM ('CHANNEL', 'TYPE', 'FAMILY');

CREATE TABLE pause (
    scope pause_scope NOT NULL,
    name  text        NOT NULL COLLATE "C",
    PRIMARY KEY (scope, name)
);

-- What was asked for, and when; any channel is ''.
CREATE TABLE demand (
    type    text   NOT NULL COLLATE "C",
    channel text   NOT NULL COLLATE "C",
    tick    bigint NOT NULL,
    PRIMARY KEY (type, channel)
) WITH (
    fillfactor = 40,
    autovacuum_vacuum_scale_factor = 0.1,
    autovacuum_vacuum_threshold = 500
);

UPDATE schema_version SET version = 1, applying = NULL, oldest_library = 1;
