-- jobqueue, schema version 2: functions.
--
-- The calls that have to be quick are one statement each; the most frequent cases of them are plain statements of the library, since a function costs as
-- much again as the work for one job. Every statement inside a VOLATILE function has a snapshot of its own, which the lock protocol
-- needs: first lock what ends, then, in a new statement, look at who depends on it. A single statement would look with a snapshot that is older than its
-- wait for the lock, and miss an edge that was committed meanwhile.
--
-- Plans are kept, so each statement is written such that it has only one good plan, whatever the size of the tables was when it was planned: one table and
-- "= ANY (array)", or LATERAL with OFFSET 0 or LIMIT, or "(SELECT true ... LIMIT 1) IS TRUE" for EXISTS, or a join on ctid behind a lock. A plain join could
-- read a whole index, which is cheap only at first.

UPDATE schema_version SET applying = 2;

-- The wall clock of the queue, in whole milliseconds.
CREATE FUNCTION wall_time() RETURNS timestamptz
LANGUAGE sql VOLATILE
AS $$ SELECT pg_catalog.date_trunc('milliseconds', pg_catalog.clock_timestamp()) $$;

-- The clock for ages, in nanoseconds.
CREATE FUNCTION tick() RETURNS bigint
LANGUAGE sql VOLATILE
AS $$ SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8 * 1000 $$;

-- When the server started, on the clock for ages: while it was down no worker could be heard.
CREATE FUNCTION server_started_tick() RETURNS bigint
LANGUAGE sql STABLE
AS $$ SELECT (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::pg_catalog.int8 * 1000 $$;

-- Makes the transaction wait for its own commit to reach the disk, whatever the session says.
CREATE FUNCTION durable() RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
END
$$;

-- The channels with READY jobs of a type: one probe each.
CREATE FUNCTION ready_channels(p_type text) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_channel text;
BEGIN
    SELECT j.channel INTO v_channel FROM job j
    WHERE j.state = 'READY' AND j.type = p_type
    ORDER BY j.channel LIMIT 1;
    WHILE v_channel IS NOT NULL LOOP
        RETURN NEXT v_channel;
        SELECT j.channel INTO v_channel FROM job j
        WHERE j.state = 'READY' AND j.type = p_type AND j.channel > v_channel
        ORDER BY j.channel LIMIT 1;
    END LOOP;
END
$$;

-- The channels with SCHEDULED jobs of a type: one probe each.
CREATE FUNCTION scheduled_channels(p_type text) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_channel text;
BEGIN
    SELECT j.channel INTO v_channel FROM job j
    WHERE j.state = 'SCHEDULED' AND j.type = p_type
    ORDER BY j.channel LIMIT 1;
    WHILE v_channel IS NOT NULL LOOP
        RETURN NEXT v_channel;
        SELECT j.channel INTO v_channel FROM job j
        WHERE j.state = 'SCHEDULED' AND j.type = p_type AND j.channel > v_channel
        ORDER BY j.channel LIMIT 1;
    END LOOP;
END
$$;

CREATE FUNCTION is_paused(p_type text, p_channel text) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (
        SELECT 1 FROM pause
        WHERE (scope = 'CHANNEL' AND name = p_channel)
           OR (scope = 'TYPE' AND name = p_type)
           OR (scope = 'FAMILY' AND name = split_part(p_type, ':', 1)))
$$;

-- Stores jobs that have neither dependencies nor unique keys: all of them or, if an id exists already, none.
-- Answers the number of jobs stored. p_own: whether the transaction is the queue's own, not a caller's.
CREATE FUNCTION enqueue(
    p_ids uuid[], p_types text[], p_channels text[], p_priorities smallint[], p_args text[], p_options text[], p_timeouts bigint[], p_delays bigint[],
    p_own boolean)
RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_now timestamptz := wall_time();
    v_stored bigint;
BEGIN
    IF p_own AND current_setting('synchronous_commit') = 'off' THEN
        PERFORM durable();
    END IF;
    IF EXISTS (SELECT 1 FROM job j WHERE j.id = ANY (p_ids)) THEN
        RETURN 0;
    END IF;
    INSERT INTO job (id, state, priority, type, channel, args, options, timeout_ms, enqueued, unblocked, earliest, due, ready)
    SELECT g.id,
           CASE WHEN g.delay > 0 THEN 'SCHEDULED' ELSE 'READY' END::job_state,
           g.priority, g.type, g.channel, g.args::json, g.options::json, g.timeout, v_now, v_now,
           CASE WHEN g.delay > 0 THEN v_now + g.delay / 1000 * interval '1 s' + g.delay % 1000 * interval '1 ms' END,
           CASE WHEN g.delay > 0 THEN v_now + g.delay / 1000 * interval '1 s' + g.delay % 1000 * interval '1 ms' END,
           CASE WHEN g.delay > 0 THEN NULL ELSE v_now END
    FROM unnest(p_ids, p_types, p_channels, p_priorities, p_args, p_options, p_timeouts, p_delays)
         WITH ORDINALITY g (id, type, channel, priority, args, options, timeout, delay, n)
    ORDER BY g.n;
    GET DIAGNOSTICS v_stored = ROW_COUNT;
    RETURN v_stored;
END
$$;

-- Starts attempts: see JobStore.claim. A row for each job, held ones first. The last row says what is known beyond them; it may be one of its own.
-- p_channels is NULL for any channel. p_fresh: whether no claim has brought any of the tokens before.
CREATE FUNCTION claim(p_types text[], p_channels text[], p_tokens uuid[], p_workers text[], p_fresh boolean)
RETURNS TABLE (
    o_token uuid, o_id uuid, o_attempt integer, o_type text, o_channel text, o_priority smallint, o_args json, o_options json, o_timeout_ms bigint,
    o_unique_key text, o_dependencies integer, o_held boolean, o_more boolean, o_next_due_ms bigint)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_now timestamptz := wall_time();
    v_tick bigint := tick();
    v_tokens uuid[] := p_tokens;
    v_workers text[] := p_workers;
    v_held uuid[];
    v_used uuid[];
    v_types text[];
    v_channels text[];
    v_next_due timestamptz;
    v_ids uuid[];
    v_rows tid[];
    v_wanted integer;
    v_taken integer := 0;
    v_part integer;
    v_tried uuid[] := '{}';
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM durable();
    END IF;

    -- A token that was in force once gives nothing new.
    IF NOT p_fresh THEN
        SELECT u.held, u.held || u.ended || u.past INTO v_held, v_used
        FROM (SELECT (SELECT array_agg(j.token) FROM job j WHERE j.state = 'RUNNING' AND j.token = ANY (p_tokens)) AS held,
                     (SELECT array_agg(j.token) FROM job j WHERE j.ending IS NOT NULL AND j.token = ANY (p_tokens)) AS ended,
                     (SELECT array_agg(a.token) FROM attempt a WHERE a.token = ANY (p_tokens)) AS past
              OFFSET 0) u;
    END IF;
    IF v_used IS NOT NULL THEN
        SELECT array_agg(t.token ORDER BY t.n), array_agg(t.worker ORDER BY t.n) INTO v_tokens, v_workers
        FROM unnest(p_tokens, p_workers) WITH ORDINALITY t (token, worker, n)
        WHERE NOT (t.token = ANY (v_used));
    END IF;
    IF v_held IS NOT NULL THEN
        RETURN QUERY
        SELECT j.token, j.id, j.attempt, j.type, j.channel, j.priority, j.args, j.options, j.timeout_ms, j.unique_key, j.dependencies,
               true, NULL::boolean, NULL::bigint
        FROM job j WHERE j.state = 'RUNNING' AND j.token = ANY (v_held);
    END IF;
    v_wanted := coalesce(cardinality(v_tokens), 0);

    -- Jobs whose time has come become READY. Whoever finds some does it for all; others wait for that, so that nobody misses any.
    IF p_channels IS NULL THEN
        SELECT array_agg(t.type), array_agg(c.channel) INTO v_types, v_channels
        FROM unnest(p_types) t (type) CROSS JOIN LATERAL scheduled_channels(t.type) c (channel);
    ELSE
        SELECT array_agg(t.type), array_agg(c.channel) INTO v_types, v_channels
        FROM unnest(p_types) t (type) CROSS JOIN unnest(p_channels) c (channel);
    END IF;
    SELECT min(h.due) INTO v_next_due
    FROM unnest(v_types, v_channels) w (type, channel)
    CROSS JOIN LATERAL (
        SELECT j.due FROM job j
        WHERE j.state = 'SCHEDULED' AND j.type = w.type AND j.channel = w.channel
        ORDER BY j.due LIMIT 1) h;
    IF v_next_due <= v_now THEN
        PERFORM pg_advisory_xact_lock(1785684593, 'job'::regclass::oid::integer);
        SELECT array_agg(h.id) INTO v_ids
        FROM unnest(v_types, v_channels) w (type, channel)
        CROSS JOIN LATERAL (
            SELECT j.id FROM job j
            WHERE j.state = 'SCHEDULED' AND j.type = w.type AND j.channel = w.channel AND j.due <= v_now
            OFFSET 0) h;
        SELECT array_agg(l.row) INTO v_rows
        FROM (SELECT j.ctid AS row FROM job j
              WHERE j.id = ANY (v_ids) AND j.state::text = 'SCHEDULED'
              ORDER BY j.seq
              FOR NO KEY UPDATE SKIP LOCKED) l;
        UPDATE job j SET state = 'READY', ready = j.due WHERE j.ctid = ANY (v_rows);
        SELECT min(h.due) INTO v_next_due
        FROM unnest(v_types, v_channels) w (type, channel)
        CROSS JOIN LATERAL (
            SELECT j.due FROM job j
            WHERE j.state = 'SCHEDULED' AND j.type = w.type AND j.channel = w.channel AND j.due > v_now
            ORDER BY j.due LIMIT 1) h;
    END IF;

    IF p_channels IS NULL THEN
        SELECT array_agg(t.type), array_agg(c.channel) INTO v_types, v_channels
        FROM unnest(p_types) t (type) CROSS JOIN LATERAL ready_channels(t.type) c (channel);
    END IF;
    IF EXISTS (SELECT 1 FROM pause) THEN
        SELECT array_agg(w.type), array_agg(w.channel) INTO v_types, v_channels
        FROM unnest(v_types, v_channels) w (type, channel)
        WHERE NOT is_paused(w.type, w.channel);
    END IF;

    WHILE v_taken < v_wanted AND v_types IS NOT NULL LOOP
        IF cardinality(v_types) = 1 THEN
            SELECT array_agg(l.row) INTO v_rows
            FROM (SELECT j.ctid AS row FROM job j
                  WHERE j.state = 'READY' AND j.type = v_types[1] AND j.channel = v_channels[1]
                  ORDER BY j.priority DESC, j.seq
                  LIMIT v_wanted
                  FOR NO KEY UPDATE SKIP LOCKED) l;
        ELSE
            -- The heads of all pairs, merged. Only what will be taken is locked: a lock on more would hide those jobs from others. A part of each
            -- head is looked at; the merged order is right up to the first end of a head that may go on behind it.
            v_part := greatest(4, least(v_wanted - v_taken, 20000 / cardinality(v_types))) + cardinality(v_tried);
            WITH heads AS MATERIALIZED (
                SELECT h.id, h.priority, h.seq, h.n
                FROM unnest(v_types, v_channels) w (type, channel)
                CROSS JOIN LATERAL (
                    SELECT x.id, x.priority, x.seq, row_number() OVER (ORDER BY x.priority DESC, x.seq) AS n
                    FROM (SELECT j.id, j.priority, j.seq FROM job j
                          WHERE j.state = 'READY' AND j.type = w.type AND j.channel = w.channel
                          ORDER BY j.priority DESC, j.seq
                          LIMIT v_part) x) h),
            bound AS (SELECT h.priority, h.seq FROM heads h WHERE h.n = v_part ORDER BY h.priority DESC, h.seq LIMIT 1)
            SELECT array_agg(c.id) INTO v_ids
            FROM (SELECT h.id
                  FROM heads h LEFT JOIN bound b ON true
                  WHERE (b.seq IS NULL OR h.priority > b.priority OR (h.priority = b.priority AND h.seq <= b.seq))
                    AND NOT (h.id = ANY (v_tried))
                  ORDER BY h.priority DESC, h.seq
                  LIMIT v_wanted - v_taken + 8) c;
            EXIT WHEN v_ids IS NULL;
            SELECT array_agg(l.row) INTO v_rows
            FROM (SELECT j.ctid AS row FROM job j
                  WHERE j.id = ANY (v_ids) AND j.state::text = 'READY'
                  ORDER BY j.priority DESC, j.seq
                  LIMIT v_wanted - v_taken
                  FOR NO KEY UPDATE SKIP LOCKED) l;
            v_tried := v_tried || v_ids;
        END IF;
        IF v_rows IS NOT NULL THEN
            RETURN QUERY
            UPDATE job j
            SET state = 'RUNNING', attempt = j.attempt + 1, token = r.token, worker = r.worker, started = v_now, started_tick = v_tick
            FROM unnest(v_rows, v_tokens[v_taken + 1 : v_taken + cardinality(v_rows)], v_workers[v_taken + 1 : v_taken + cardinality(v_rows)])
                 r (row, token, worker)
            WHERE j.ctid = r.row
            RETURNING j.token, j.id, j.attempt, j.type, j.channel, j.priority, j.args, j.options, j.timeout_ms, j.unique_key, j.dependencies,
                      false, NULL::boolean, NULL::bigint;
            v_taken := v_taken + cardinality(v_rows);
        END IF;
        EXIT WHEN cardinality(v_types) = 1;
    END LOOP;

    RETURN QUERY
    SELECT NULL::uuid, NULL::uuid, NULL::integer, NULL::text, NULL::text, NULL::smallint, NULL::json, NULL::json, NULL::bigint, NULL::text,
           NULL::integer, NULL::boolean, v_taken = v_wanted, (extract(epoch FROM v_next_due - v_now) * 1000)::bigint;
END
$$;

-- Starts an attempt at this job. Answers CLAIMED, NOT_FOUND, NOT_PENDING or PAUSED, and the state of the job.
CREATE FUNCTION claim_job(p_id uuid, p_token uuid, p_worker text)
RETURNS TABLE (o_answer text, o_state text)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_now timestamptz;
    v_state job_state;
    v_due timestamptz;
    v_token uuid;
    v_type text;
    v_channel text;
BEGIN
    PERFORM durable();
    SELECT j.state, j.due, j.token, j.type, j.channel INTO v_state, v_due, v_token, v_type, v_channel
    FROM job j WHERE j.id = p_id FOR NO KEY UPDATE;
    v_now := wall_time();
    IF v_state IS NULL THEN
        RETURN QUERY SELECT 'NOT_FOUND', NULL;
        RETURN;
    END IF;
    IF v_state = 'RUNNING' AND v_token = p_token THEN
        RETURN QUERY SELECT 'CLAIMED', 'RUNNING';
        RETURN;
    END IF;
    IF v_state = 'SCHEDULED' AND v_due <= v_now THEN
        v_state := 'READY';
    END IF;
    IF v_state <> 'READY'
       OR EXISTS (SELECT 1 FROM job j WHERE j.state = 'RUNNING' AND j.token = p_token)
       OR EXISTS (SELECT 1 FROM job j WHERE j.ending IS NOT NULL AND j.token = p_token)
       OR EXISTS (SELECT 1 FROM attempt a WHERE a.token = p_token) THEN
        RETURN QUERY SELECT 'NOT_PENDING', v_state::text;
        RETURN;
    END IF;
    IF is_paused(v_type, v_channel) THEN
        RETURN QUERY SELECT 'PAUSED', v_state::text;
        RETURN;
    END IF;
    UPDATE job j
    SET ready = CASE WHEN j.state = 'SCHEDULED' THEN j.due ELSE j.ready END,
        state = 'RUNNING', attempt = j.attempt + 1, token = p_token, worker = p_worker, started = v_now, started_tick = tick()
    WHERE j.id = p_id;
    RETURN QUERY SELECT 'CLAIMED', 'RUNNING';
END
$$;

-- Ends attempts with success and releases their dependents. p_own as in enqueue.
-- Rows: DONE for each attempt that it ended, READY and SCHEDULED for each dependent that it released, OTHER for each token that is not in force any
-- more but still known, with how its attempt ended and, if by a cancel, why.
CREATE FUNCTION finish_succeeded(p_tokens uuid[], p_results text[], p_own boolean)
RETURNS TABLE (o_row text, o_token uuid, o_id uuid, o_type text, o_channel text, o_ending text, o_cancel_reason json)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_now timestamptz;
    v_ids uuid[];
    v_rows tid[];
    v_found uuid[];
    v_needed uuid[];
    v_often uuid[];
    v_dependents uuid[];
    v_counts integer[];
    v_count integer;
    v_is_needed boolean;
    v_heard boolean;
BEGIN
    IF p_own AND current_setting('synchronous_commit') = 'off' THEN
        PERFORM durable();
    END IF;
    SELECT array_agg(l.row), array_agg(l.token), array_agg(l.id), array_agg(l.id) FILTER (WHERE l.attempt > 100)
    INTO v_rows, v_found, v_ids, v_often
    FROM (SELECT j.ctid AS row, j.token, j.id, j.attempt FROM job j
          WHERE j.state = 'RUNNING' AND j.token = ANY (p_tokens) ORDER BY j.seq FOR UPDATE) l;
    v_now := wall_time();
    IF v_found IS NOT NULL THEN
        SELECT (SELECT true FROM edge e WHERE e.dependency_id = ANY (v_ids) LIMIT 1) IS TRUE,
               (SELECT true FROM heartbeat h WHERE h.token = ANY (v_found) LIMIT 1)
        INTO v_is_needed, v_heard;
        IF v_is_needed THEN
            SELECT array_agg(f.id) INTO v_needed FROM unnest(v_ids) f (id)
            WHERE (SELECT true FROM edge e WHERE e.dependency_id = f.id LIMIT 1) IS TRUE;
        END IF;
        RETURN QUERY
        UPDATE job j
        SET state = 'SUCCEEDED', ending = 'SUCCEEDED', finished = v_now, result = r.result::json,
            needed = v_is_needed AND (SELECT true FROM edge e WHERE e.dependency_id = j.id LIMIT 1) IS TRUE
        FROM unnest(v_rows, v_found) l (row, token)
        JOIN unnest(p_tokens, p_results) r (token, result) ON r.token = l.token
        WHERE j.ctid = l.row
        RETURNING 'DONE', j.token, j.id, NULL::text, NULL::text, NULL::text, NULL::json;
    END IF;

    -- Whoever has reported was heard.
    IF p_own AND v_heard THEN
        DELETE FROM heartbeat h WHERE h.token = ANY (v_found);
        DELETE FROM progress p WHERE p.token = ANY (v_found);
    END IF;
    IF v_often IS NOT NULL THEN
        DELETE FROM attempt a
        WHERE a.job_id = ANY (v_often) AND a.number <= (SELECT j.attempt FROM job j WHERE j.id = a.job_id) - 100;
    END IF;

    IF v_needed IS NOT NULL THEN
        SELECT array_agg(c.job_id), array_agg(c.n) INTO v_dependents, v_counts
        FROM (SELECT x.job_id, count(DISTINCT x.dependency_id)::integer AS n
              FROM (SELECT e.job_id, e.dependency_id FROM edge e WHERE e.dependency_id = ANY (v_needed) OFFSET 0) x  -- or a whole index, for its order
              GROUP BY x.job_id) c;
        PERFORM 1 FROM job d WHERE d.id = ANY (v_dependents) AND d.state::text = 'BLOCKED' ORDER BY d.seq FOR NO KEY UPDATE;
        FOR v_count IN SELECT DISTINCT c.n FROM unnest(v_counts) c (n) LOOP
            RETURN QUERY
            WITH counted AS (
                UPDATE job d
                SET waiting_for = d.waiting_for - v_count,
                    state = CASE WHEN d.waiting_for > v_count THEN 'BLOCKED'
                                 WHEN coalesce(d.earliest, d.enqueued) > v_now THEN 'SCHEDULED'
                                 ELSE 'READY' END::job_state,
                    unblocked = CASE WHEN d.waiting_for = v_count THEN v_now END,
                    due = CASE WHEN d.waiting_for = v_count AND coalesce(d.earliest, d.enqueued) > v_now THEN coalesce(d.earliest, d.enqueued) END,
                    ready = CASE WHEN d.waiting_for = v_count AND coalesce(d.earliest, d.enqueued) <= v_now THEN v_now END
                WHERE d.id = ANY (ARRAY (SELECT c.id FROM unnest(v_dependents, v_counts) c (id, n) WHERE c.n = v_count))
                  AND d.state::text = 'BLOCKED'
                RETURNING d.state, d.type, d.channel)
            SELECT r.state::text, NULL::uuid, NULL::uuid, r.type, r.channel, NULL::text, NULL::json FROM counted r WHERE r.state <> 'BLOCKED';
        END LOOP;
    END IF;

    IF coalesce(cardinality(v_found), 0) < cardinality(p_tokens) THEN
        RETURN QUERY SELECT 'OTHER', t.o_token, NULL::uuid, NULL::text, NULL::text, t.o_ending, t.o_cancel_reason FROM past_tokens(p_tokens) t
        WHERE v_found IS NULL OR NOT (t.o_token = ANY (v_found));
    END IF;
END
$$;

-- How the attempts with these tokens ended, as far as they have and are known.
CREATE FUNCTION past_tokens(p_tokens uuid[])
RETURNS TABLE (o_token uuid, o_ending text, o_cancel_reason json)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    SELECT j.token, j.ending::text, j.cancel_reason FROM job j WHERE j.ending IS NOT NULL AND j.token = ANY (p_tokens)
    UNION ALL
    SELECT a.token, a.ending::text, NULL FROM attempt a WHERE a.token = ANY (p_tokens);
END
$$;

-- Starts ages again at zero and, if p_progress is given, stores progress. Rows: RUNNING for each token in force, OTHER as in finish_succeeded.
-- Reads jobs without a lock. A row that somebody else has locked is left alone: either it is being refreshed at this moment, or its attempt ends.
CREATE FUNCTION hear(p_tokens uuid[], p_progress text[])
RETURNS TABLE (o_row text, o_token uuid, o_ending text, o_cancel_reason json)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_tick bigint := tick();
    v_running uuid[];
    v_heard uuid[];
    v_rows tid[];
BEGIN
    IF p_progress IS NULL THEN
        PERFORM set_config('synchronous_commit', 'off', true);
    ELSE
        PERFORM durable();
    END IF;
    SELECT array_agg(j.token) INTO v_running FROM job j WHERE j.state = 'RUNNING' AND j.token = ANY (p_tokens);
    IF v_running IS NOT NULL THEN
        SELECT array_agg(h.token) INTO v_heard FROM heartbeat h WHERE h.token = ANY (v_running);
        SELECT array_agg(l.row) INTO v_rows
        FROM (SELECT h.ctid AS row FROM heartbeat h WHERE h.token = ANY (v_heard) ORDER BY h.token FOR NO KEY UPDATE SKIP LOCKED) l;
        UPDATE heartbeat h SET tick = v_tick WHERE h.ctid = ANY (v_rows);
        INSERT INTO heartbeat (token, tick)
        SELECT t.token, v_tick
        FROM (SELECT r.token FROM unnest(v_running) r (token) EXCEPT SELECT h.token FROM unnest(v_heard) h (token)) t
        ORDER BY t.token
        ON CONFLICT DO NOTHING;
        IF p_progress IS NOT NULL THEN
            INSERT INTO progress AS o (token, progress)
            SELECT t.token, t.progress::json
            FROM unnest(p_tokens, p_progress) t (token, progress)
            WHERE t.token = ANY (v_running)
            ORDER BY t.token
            ON CONFLICT (token) DO UPDATE SET progress = excluded.progress;
        END IF;
        RETURN QUERY SELECT 'RUNNING', t.token, NULL::text, NULL::json FROM unnest(v_running) t (token);
    END IF;
    IF coalesce(cardinality(v_running), 0) < cardinality(p_tokens) THEN
        RETURN QUERY SELECT 'OTHER', t.o_token, t.o_ending, t.o_cancel_reason FROM past_tokens(p_tokens) t
        WHERE v_running IS NULL OR NOT (t.o_token = ANY (v_running));
    END IF;
END
$$;

-- Whether a claim would find a job, for each selector: the numbers of those for which it would. A channel is NULL for any.
CREATE FUNCTION ready_selectors(p_selectors integer[], p_types text[], p_channels text[]) RETURNS SETOF integer
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_now timestamptz := wall_time();
BEGIN
    RETURN QUERY
    SELECT DISTINCT w.selector
    FROM (SELECT s.selector, s.type, s.channel FROM unnest(p_selectors, p_types, p_channels) s (selector, type, channel) WHERE s.channel IS NOT NULL
          UNION ALL
          SELECT s.selector, s.type, c.channel
          FROM unnest(p_selectors, p_types, p_channels) s (selector, type, channel)
          CROSS JOIN LATERAL (SELECT ready_channels(s.type) UNION SELECT scheduled_channels(s.type)) c (channel)
          WHERE s.channel IS NULL) w
    WHERE ((SELECT true FROM job j WHERE j.state = 'READY' AND j.type = w.type AND j.channel = w.channel LIMIT 1) IS TRUE
           OR (SELECT true FROM job j WHERE j.state = 'SCHEDULED' AND j.type = w.type AND j.channel = w.channel AND j.due <= v_now LIMIT 1) IS TRUE)
      AND NOT is_paused(w.type, w.channel);
END
$$;

-- Jobs by id or by the token in force, in one statement and so in one snapshot. Rows: JOB, ATTEMPT for each past attempt that has a row of its own, and,
-- if p_edges, EDGE for each dependency. With p_most the results of dependencies come only where those of a job are no more bytes together.
CREATE FUNCTION read_jobs(p_ids uuid[], p_tokens uuid[], p_definition boolean, p_result boolean, p_edges boolean, p_outcomes boolean, p_most bigint)
RETURNS TABLE (
    o_row text, o_id uuid, o_n integer, o_type text, o_channel text, o_state text, o_priority smallint, o_attempt integer, o_failures integer,
    o_recoveries integer, o_timeout_ms bigint, o_unique_key text, o_enqueued timestamptz, o_unblocked timestamptz, o_due timestamptz,
    o_ready timestamptz, o_started timestamptz, o_ended timestamptz, o_token uuid, o_worker text, o_ending text, o_args json, o_options json,
    o_result json, o_error json, o_error_details json, o_cancel_reason json, o_progress json, o_dependency uuid, o_required boolean, o_given uuid,
    o_given_required boolean, o_included boolean)
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
    v_now timestamptz := wall_time();
    v_ids uuid[] := p_ids;
    v_large uuid[];
BEGIN
    IF p_tokens IS NOT NULL THEN
        SELECT array_agg(j.id) INTO v_ids FROM job j WHERE j.state = 'RUNNING' AND j.token = ANY (p_tokens);
    END IF;
    -- The sum over all positions is quickly known and seldom too large; the exact one counts each dependency once.
    IF (SELECT sum(octet_length(d.result::text))
        FROM edge e CROSS JOIN LATERAL (SELECT x.result FROM job x WHERE x.id = e.dependency_id OFFSET 0) d
        WHERE p_most IS NOT NULL AND e.job_id = ANY (v_ids)) > p_most THEN
        SELECT array_agg(s.job_id) INTO v_large
        FROM (SELECT x.job_id
              FROM (SELECT DISTINCT e.job_id, e.dependency_id FROM edge e WHERE e.job_id = ANY (v_ids)) x
              CROSS JOIN LATERAL (SELECT octet_length(d.result::text) AS bytes FROM job d WHERE d.id = x.dependency_id OFFSET 0) d
              GROUP BY x.job_id
              HAVING sum(d.bytes) > p_most) s;
    END IF;
    RETURN QUERY
    SELECT 'JOB', j.id, NULL::integer, j.type, j.channel,
           CASE WHEN j.state = 'SCHEDULED' AND j.due <= v_now THEN 'READY' ELSE j.state::text END,
           j.priority, j.attempt, j.failures, j.recoveries, j.timeout_ms, j.unique_key, j.enqueued, j.unblocked, j.due,
           CASE WHEN j.state = 'SCHEDULED' AND j.due <= v_now THEN j.due ELSE j.ready END,
           j.started, j.finished, j.token, j.worker, j.ending::text,
           CASE WHEN p_definition THEN j.args END, CASE WHEN p_definition THEN j.options END, CASE WHEN p_result THEN j.result END,
           j.error, j.error_details, j.cancel_reason,
           CASE WHEN j.state = 'RUNNING' THEN (SELECT p.progress FROM progress p WHERE p.token = j.token) END,
           NULL::uuid, NULL::boolean, NULL::uuid, NULL::boolean, NULL::boolean
    FROM job j WHERE j.id = ANY (v_ids)
    UNION ALL
    SELECT 'ATTEMPT', a.job_id, a.number, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, a.started, a.ended, NULL,
           a.worker, a.ending::text, NULL, NULL, NULL, a.error, a.error_details, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM attempt a WHERE a.job_id = ANY (v_ids)
    UNION ALL
    SELECT 'EDGE', e.job_id, e.position, d.type, NULL,
           CASE WHEN d.state = 'SCHEDULED' AND d.due <= v_now THEN 'READY' ELSE d.state::text END,
           NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           CASE WHEN p_outcomes AND (e.job_id = ANY (v_large)) IS NOT TRUE THEN d.result END,
           CASE WHEN p_outcomes THEN d.error END, CASE WHEN p_outcomes THEN d.error_details END, NULL, NULL,
           e.dependency_id, e.required, e.given_id, e.given_required, (e.job_id = ANY (v_large)) IS NOT TRUE
    FROM edge e
    CROSS JOIN LATERAL (
        SELECT x.type, x.state, x.due, x.result, x.error, x.error_details FROM job x WHERE x.id = e.dependency_id OFFSET 0) d
    WHERE p_edges AND e.job_id = ANY (v_ids);
END
$$;

-- Every function that looks at tables finds them in this schema, whatever the session's search_path is, and plans for a large table also while it is
-- small, because a plan is kept.
DO $$
DECLARE
    v_function record;
BEGIN
    FOR v_function IN
        SELECT p.oid::regprocedure AS signature, p.proname AS name
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = current_schema()
          AND p.proname IN ('enqueue', 'claim', 'claim_job', 'finish_succeeded', 'past_tokens', 'hear', 'ready_channels', 'scheduled_channels',
                            'is_paused', 'ready_selectors', 'read_jobs')
    LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path = %I, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off'
            ' SET plan_cache_mode = force_generic_plan SET jit = off',
            v_function.signature, current_schema());
        IF v_function.name = 'read_jobs' THEN
            -- Its rows come in an order.
            EXECUTE format('ALTER FUNCTION %s SET max_parallel_workers_per_gather = 0', v_function.signature);
        END IF;
    END LOOP;
END
$$;

UPDATE schema_version SET version = 2, applying = NULL, oldest_library = 1;
