package dev.jobqueue.fs.engine;

import dev.jobqueue.DependencyOutcome;
import dev.jobqueue.Job;
import dev.jobqueue.JobError;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobState;
import dev.jobqueue.JobStatus;
import dev.jobqueue.RawJson;
import dev.jobqueue.TypeName;
import dev.jobqueue.fs.event.Event;
import dev.jobqueue.fs.event.EventReader;
import dev.jobqueue.fs.event.PlainDefinition;
import dev.jobqueue.fs.journal.EventBytes;
import dev.jobqueue.fs.journal.Ref;
import dev.jobqueue.fs.journal.Utf8Out;
import dev.jobqueue.fs.state.Cause;
import dev.jobqueue.fs.state.Edges;
import dev.jobqueue.fs.state.Entry;
import dev.jobqueue.spi.ClaimedJob;
import dev.jobqueue.spi.Part;
import dev.jobqueue.spi.StoreRules;
import dev.jobqueue.spi.StoredJob;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes values of the API out of what the writer saw and of events on disk. Thread-safe; used in the threads of callers. */
final class JobReader {
    private final EventBytes bytes;

    JobReader(EventBytes bytes) {
        this.bytes = bytes;
    }

    /** Keeps the event of a call that stored one job in the cache: it will be read when the job is claimed. */
    void keep(Ref ref, Utf8Out block) {
        if (ref.length() > 0) {
            bytes.keep(ref, block.toBytes());
        }
    }

    /** Keeps an event that will be read soon. */
    void keep(Ref ref, byte[] event) {
        bytes.keep(ref, event);
    }

    /** Looks which of the jobs that exist were given with the same content. */
    void compare(Inserts inserts) {
        for (Inserts.Compare c : inserts.toCompare) {
            Job<RawJson> stored = job(c.definition());
            inserts.compared(
                    c.given().id(), StoreRules.sameContent(stored, c.given().job()));
        }
        inserts.toCompare.clear();
    }

    /** A job as it was given. */
    Job<RawJson> job(Ref definition) {
        return job(definition, bytes.read(definition));
    }

    private Job<RawJson> job(Ref ref, byte[] event) {
        return job(ref, event, new EventReader(event, 0, event.length));
    }

    private Job<RawJson> job(Ref ref, byte[] bytes, EventReader reader) {
        Event.Insert insert = parse(Event.Insert.class, reader, ref);
        return new Job<>(
                new JobId(insert.id()),
                insert.type(),
                raw(bytes, reader, insert.args()),
                insert.dependencies(),
                insert.options());
    }

    private static RawJson raw(byte[] event, EventReader reader, int length) {
        return RawJson.ofStored(Arrays.copyOfRange(event, reader.rawOffset(), reader.rawOffset() + length));
    }

    private <E extends Event> E parse(Class<E> kind, EventReader reader, Ref ref) {
        try {
            Event event = reader.next();
            if (event == null) {
                throw new ClassCastException("there is no event");
            }
            return kind.cast(event);
        } catch (EventReader.UnreadableException | ClassCastException e) {
            throw bytes.unreadable(ref, e);
        }
    }

    /** The end of a job and its result. */
    private record End(Event.End event, Optional<RawJson> result) {}

    private End end(Ref ref, boolean withResult) {
        byte[] event = bytes.read(ref);
        EventReader reader = new EventReader(event, 0, event.length);
        Event.End end = parse(Event.End.class, reader, ref);
        return new End(
                end,
                withResult && end.result() >= 0 ? Optional.of(raw(event, reader, end.result())) : Optional.empty());
    }

    /** The reason for which a job was canceled. */
    String cancelReason(Ref end) {
        return end(end, false).event().reason().orElse("");
    }

    private Optional<JobError> error(Outcome outcome, Event.End end) {
        Cause cause = outcome.cause();
        Ref rootEnd = outcome.rootEnd();
        if (cause == null || rootEnd == null) {
            return end.error();
        }
        Event.End root = end(rootEnd, false).event();
        return Optional.of(DependencyErrors.error(cause, root));
    }

    /** A stored job with the parts wanted. */
    StoredJob stored(Snapshot s, Set<Part> parts) {
        JobStatus<RawJson> status;
        List<DependencyOutcome<RawJson>> dependencies =
                s.dependencies() == null ? List.of() : outcomes(s.job().edges(), s.dependencies(), true);
        Ref ref = s.outcome().end();
        Snapshot.Open open = s.open();
        if (ref != null) {
            End end = end(ref, parts.contains(Part.RESULT));
            status = new JobStatus<>(
                    s.job().id(),
                    s.job().pair.key.type(),
                    s.job().pair.key.channel(),
                    s.state(),
                    end.event().times(),
                    end.event().failures(),
                    end.event().recoveries(),
                    end.event().attempts(),
                    Optional.empty(),
                    end.result(),
                    error(s.outcome(), end.event()),
                    end.event().reason(),
                    dependencies);
        } else if (open != null) {
            status = new JobStatus<>(
                    s.job().id(),
                    s.job().pair.key.type(),
                    s.job().pair.key.channel(),
                    s.state(),
                    open.times(),
                    open.failures(),
                    open.recoveries(),
                    open.attempts(),
                    Optional.ofNullable(open.progress()).map(this::progress),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    dependencies);
        } else {
            throw new IllegalStateException("neither finished nor open: " + s.job());
        }
        return new StoredJob(
                status, parts.contains(Part.DEFINITION) ? Optional.of(job(s.definition())) : Optional.empty());
    }

    private RawJson progress(Ref ref) {
        byte[] event = bytes.read(ref);
        EventReader reader = new EventReader(event, 0, event.length);
        return raw(event, reader, parse(Event.Progress.class, reader, ref).bytes());
    }

    /** Claimed jobs; neighbours on disk are read together. */
    List<ClaimedJob> claimed(List<Claim> claims) {
        PlainDefinition plain = new PlainDefinition();
        if (claims.size() == 1) {
            Claim claim = claims.get(0);
            byte[] event = bytes.read(claim.definition());
            Job<RawJson> job = plainJob(plain, claim, event, 0);
            return List.of(claimed(claim, job != null ? job : job(claim.definition(), event)));
        }
        List<Ref> refs = new ArrayList<>(claims.size());
        for (Claim claim : claims) {
            refs.add(claim.definition());
        }
        ClaimedJob[] jobs = new ClaimedJob[claims.size()];
        EventReader reader = new EventReader(new byte[0], 0, 0);
        bytes.readAll(refs, (i, event, offset) -> {
            Claim claim = claims.get(i);
            Job<RawJson> job = plainJob(plain, claim, event, offset);
            if (job == null) {
                reader.goOn(event, offset, offset + refs.get(i).length());
                job = job(refs.get(i), event, reader);
            }
            jobs[i] = claimed(claim, job);
        });
        return Arrays.asList(jobs);
    }

    private static @Nullable Job<RawJson> plainJob(PlainDefinition plain, Claim claim, byte[] event, int offset) {
        TypeName type = claim.job().pair.key.type();
        int length = claim.definition().length();
        int args = plain.args(type, event, offset, length);
        if (args < 0) {
            return null;
        }
        byte[] json = Arrays.copyOfRange(event, args, offset + length - 1);
        return new Job<>(claim.job().id(), type, RawJson.ofStored(json), List.of(), JobOptions.DEFAULT);
    }

    private ClaimedJob claimed(Claim claim, Job<RawJson> job) {
        boolean withResults = resultBytes(claim.dependencies()) <= ClaimedJob.MAX_RESULTS;
        return new ClaimedJob(
                job,
                claim.token(),
                claim.attempt(),
                outcomes(claim.job().edges(), claim.dependencies(), withResults),
                withResults);
    }

    /** The bytes of all results, each distinct job counted once. */
    private static long resultBytes(List<Outcome> dependencies) {
        long sum = 0;
        Set<Entry> seen = dependencies.size() > 1 ? new HashSet<>() : Set.of();
        for (Outcome d : dependencies) {
            if (d.resultBytes() > 0 && (dependencies.size() == 1 || seen.add(d.job()))) {
                sum += d.resultBytes();
            }
        }
        return sum;
    }

    private List<DependencyOutcome<RawJson>> outcomes(Edges edges, List<Outcome> dependencies, boolean withResults) {
        if (dependencies.isEmpty()) {
            return List.of();
        }
        List<DependencyOutcome<RawJson>> all = new ArrayList<>(dependencies.size());
        for (int i = 0; i < dependencies.size(); i++) {
            all.add(outcome(dependencies.get(i), edges.required(i), withResults));
        }
        return all;
    }

    private DependencyOutcome<RawJson> outcome(Outcome d, boolean required, boolean withResult) {
        Optional<RawJson> result = Optional.empty();
        Optional<JobError> error = Optional.empty();
        Ref ref = d.end();
        if (ref != null && d.state() != JobState.CANCELED && (withResult || d.state() == JobState.FAILED)) {
            End end = end(ref, withResult);
            result = end.result();
            error = error(d, end.event());
        }
        return new DependencyOutcome<>(d.job().id(), d.job().pair.key.type(), required, d.state(), result, error);
    }
}
