package dev.jobqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What values take and refuse, and what they say of themselves. */
class ValuesTest {
    private static final JobType<RawJson, RawJson> BUILD = JobType.raw("build");
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static void refused(ThrowingCallable call, String... words) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContainingAll(words);
    }

    private static Set<TypeName> types(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> TypeName.parse("t" + i))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static Set<String> channels(int count) {
        return IntStream.range(0, count).mapToObj(i -> "c" + i).collect(Collectors.toSet());
    }

    @Test
    @DisplayName("FIN-3: a backoff has a factor of 1 to 1,000 and waits no longer than its limit")
    void backoff() {
        assertThat(new Backoff(SECOND, Duration.ofHours(1), 1).after(9)).isEqualTo(SECOND);
        assertThat(new Backoff(SECOND, Duration.ofHours(1), 1_000).after(2)).isEqualTo(Duration.ofSeconds(1_000));
        refused(() -> new Backoff(SECOND, SECOND, 0.99), "factor", "0.99");
        refused(() -> new Backoff(SECOND, SECOND, 1_000.5), "factor", "1000.5");
        refused(() -> new Backoff(SECOND, SECOND, Double.NaN), "factor", "NaN");
        refused(() -> new Backoff(SECOND, SECOND.minusNanos(1), 1), "limit");
        assertThat(Backoff.fixed(SECOND)).isEqualTo(new Backoff(SECOND, SECOND, 1));
        assertThat(Backoff.fixed(SECOND).after(1, 0)).isEqualTo(SECOND);
        assertThat(new Backoff(Duration.ofMillis(3), Duration.ofNanos(3_500_000), 2).after(1))
                .isEqualTo(Duration.ofNanos(3_500_000));
    }

    @Test
    @DisplayName("ERR-1: a reason has 10,000 characters and details 256 KiB at most; copies change one thing")
    void jobErrors() {
        JobError error = JobError.of(LibraryError.TIMED_OUT, "x".repeat(10_000));
        RawJson details = RawJson.ofStored(new byte[256 * 1024]);
        assertThat(error).isEqualTo(new JobError(-4, ErrorClass.INTERNAL, error.reason(), RawJson.NULL, false));
        assertThat(error.withDetails(details))
                .isEqualTo(new JobError(-4, ErrorClass.INTERNAL, error.reason(), details, false));
        assertThat(error.asPermanent())
                .isEqualTo(new JobError(-4, ErrorClass.INTERNAL, error.reason(), RawJson.NULL, true));
        refused(() -> JobError.of(LibraryError.TIMED_OUT, "x".repeat(10_001)), "10001", "10000");
        refused(() -> JobError.of(LibraryError.TIMED_OUT, "\ud800"), "reason", "surrogate");
        refused(() -> error.withDetails(RawJson.ofStored(new byte[256 * 1024 + 1])), "262145", "262144");
    }

    @Test
    @DisplayName("ERR-2: codes of the library are negative, each its own")
    void libraryErrors() {
        assertThat(LibraryError.values()).allMatch(error -> error.code() < 0);
        assertThat(Arrays.stream(LibraryError.values()).map(ErrorCode::code)).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("ids are ordered as their bits without a sign, are read as they are written, and no other text is")
    void ids() {
        List<JobId> ids = Stream.of(
                        "00000000-0000-0000-0000-000000000001",
                        "00000000-0000-0000-8000-000000000000",
                        "00000000-0000-7000-0000-000000000000",
                        "80000000-0000-0000-0000-000000000000")
                .map(JobId::parse)
                .toList();
        assertThat(ids).isSorted();
        assertThat(ids.get(1).compareTo(ids.get(0))).isPositive();
        assertThat(ids.get(3).compareTo(ids.get(2))).isPositive();
        assertThat(ids.get(1))
                .hasToString("00000000-0000-0000-8000-000000000000")
                .isEqualByComparingTo(JobId.parse(ids.get(1).toString()));
        refused(() -> JobId.parse("x".repeat(50)), "job id", "'" + "x".repeat(50) + "'");
        refused(() -> JobId.parse("x".repeat(51)), "job id", "'" + "x".repeat(50) + "...'");
        refused(() -> JobId.parse("x".repeat(36)), "36 characters");
    }

    @Test
    @DisplayName(
            "FIN-1: tokens that are made together are UUIDs of version 7, random behind their time, all different, and masked")
    void tokens() {
        long before = System.currentTimeMillis();
        List<JobToken> tokens = JobToken.create(1_000);
        long after = System.currentTimeMillis();
        assertThat(tokens)
                .hasSize(1_000)
                .doesNotHaveDuplicates()
                .allMatch(token -> token.value().version() == 7 && token.value().variant() == 2)
                .allSatisfy(token -> assertThat(token.value().getMostSignificantBits() >>> 16)
                        .isBetween(before, after));
        for (long bit = 1; bit != 0; bit <<= 1) {
            long mask = bit;
            if ((mask & 0xfffL) != 0) {
                assertThat(tokens.stream()
                                .map(token -> token.value().getMostSignificantBits() & mask)
                                .distinct())
                        .hasSize(2);
            }
            if ((mask & 0xc000_0000_0000_0000L) == 0) {
                assertThat(tokens.stream()
                                .map(token -> token.value().getLeastSignificantBits() & mask)
                                .distinct())
                        .hasSize(2);
            }
        }
        assertThat(tokens.get(0)).hasToString("JobToken[****]");
        assertThat(JobToken.create(0)).isEmpty();
    }

    @Test
    @DisplayName("TYP-5: options are refused beyond their bounds, with the value")
    void options() {
        JobRequest<RawJson, RawJson> request = BUILD.job(null);
        assertThat(request.priority(-32_768)
                        .attempts(1_000, Backoff.NONE)
                        .recoveries(1_000)
                        .job()
                        .options())
                .satisfies(options -> assertThat(options.priority()).isEqualTo(-32_768))
                .satisfies(options -> assertThat(options.attempts()).isEqualTo(1_000))
                .satisfies(options -> assertThat(options.recoveries()).isEqualTo(1_000));
        refused(() -> request.channel(""), "channel");
        refused(() -> request.priority(-32_769), "priority", "-32769");
        refused(() -> request.attempts(0, Backoff.NONE), "attempts", "0");
        refused(() -> request.recoveries(1_001), "recoveries", "1001");
        refused(() -> request.delay(Duration.ofNanos(-1)), "delay");
        refused(() -> request.timeout(Duration.ofNanos(999_999)), "timeout");
        refused(() -> request.uniqueKey(""), "unique key");
        refused(() -> request.notBefore(Instant.EPOCH.minusNanos(1)), "notBefore", "1969");
        refused(() -> request.notBefore(Instant.parse("9999-12-31T23:59:59.001Z")), "notBefore", "9999");
        JobOptions plain = JobOptions.DEFAULT;
        refused(
                () -> new JobOptions(
                        "c",
                        0,
                        1,
                        plain.backoff(),
                        0,
                        Optional.of(Instant.EPOCH),
                        Optional.of(SECOND),
                        plain.timeout(),
                        plain.uniqueKey()),
                "notBefore or delay");
    }

    @Test
    @DisplayName("times of options are kept in whole milliseconds")
    void timesOfOptions() {
        Duration fine = Duration.ofNanos(5_999_999);
        JobRequest<RawJson, RawJson> request = BUILD.job(null).timeout(fine);
        assertThat(request.delay(fine).job().options().delay()).contains(Duration.ofMillis(5));
        assertThat(request.job().options().timeout()).contains(Duration.ofMillis(5));
        assertThat(request.notBefore(Instant.EPOCH.plus(fine)).job().options().notBefore())
                .contains(Instant.EPOCH.plusMillis(5));
    }

    @Test
    @DisplayName("a request changes what it is asked to, and keeps all else")
    void requests() {
        Backoff backoff = Backoff.fixed(SECOND);
        JobRequest<RawJson, RawJson> request = BUILD.job(RawJson.of("1"))
                .channel("c")
                .priority(1)
                .attempts(2, backoff)
                .recoveries(3)
                .delay(SECOND)
                .timeout(SECOND)
                .uniqueKey("k");
        assertThat(request.job().options())
                .isEqualTo(new JobOptions(
                        "c",
                        1,
                        2,
                        backoff,
                        3,
                        Optional.empty(),
                        Optional.of(SECOND),
                        Optional.of(SECOND),
                        Optional.of("k")));
        JobRequest<RawJson, RawJson> again =
                request.requires(request).dependsOn(request).again();
        assertThat(again.job())
                .isEqualTo(new Job<>(
                        again.id(),
                        BUILD.name(),
                        RawJson.of("1"),
                        List.of(new Dependency(request.id(), true), new Dependency(request.id(), false)),
                        request.job().options()));
        assertThat(again.type()).isSameAs(BUILD);
        assertThat(BUILD.job(RawJson.of("\"secret\"")).toString())
                .contains("JobRequest[build ")
                .doesNotContain("secret");
        assertThat(JobQueue.requests(request, again)).containsExactly(request, again);
    }

    @Test
    @DisplayName("DEQ-9: a selector has 1 to 1,000 pairs of names; without channels it takes all")
    void selectors() {
        assertThatNoException().isThrownBy(() -> new Selector(types(10), channels(100)));
        assertThatNoException().isThrownBy(() -> new Selector(types(1_000), Set.of()));
        refused(() -> new Selector(types(11), channels(91)), "1000", "11 types", "91 channels");
        refused(() -> new Selector(types(1_001), Set.of()), "1001 types");
        refused(() -> new Selector(types(1), Set.of("")), "channel");
        refused(() -> Selector.of(List.of()), "at least one job type");
        refused(() -> Selector.of(BUILD).channels(new String[0]), "anyChannel()");

        Selector selector = Selector.of(BUILD).channels("a", "b");
        assertThat(selector.channels()).containsExactlyInAnyOrder("a", "b");
        assertThat(selector.anyChannel()).isEqualTo(new Selector(Set.of(BUILD.name()), Set.of()));
        TypeChannel a = new TypeChannel(BUILD.name(), "a");
        TypeChannel c = new TypeChannel(BUILD.name(), "c");
        assertThat(Stream.of(a, c).filter(selector::matches)).containsExactly(a);
        assertThat(Stream.of(a, c).filter(selector.anyChannel()::matches)).containsExactly(a, c);
        assertThat(selector.anyChannel().matches(new TypeChannel(TypeName.parse("build:x"), "a")))
                .isFalse();
    }

    @Test
    @DisplayName("DEQ-8: a dequeue asks for 1 to 10,000 jobs in a name")
    void dequeueRequests() {
        DequeueRequest request = DequeueRequest.of(Selector.of(BUILD));
        assertThat(request.max(10_000).worker("w").timeout(SECOND))
                .isEqualTo(new DequeueRequest(request.selector(), 10_000, Optional.of(SECOND), Optional.of("w")));
        refused(() -> request.max(10_001), "max", "10001");
        refused(() -> request.max(0), "max", "0");
        refused(() -> request.worker(""), "worker");
    }

    @Test
    @DisplayName("QRY-2: lists are of one unfinished state, or of all finished jobs, by pages of 1 to 10,000")
    void lists() {
        TypeChannel pair = new TypeChannel(BUILD.name(), "c");
        assertThat(JobQuery.unfinished(BUILD.name(), "c", JobState.READY))
                .isEqualTo(new JobQuery(pair, Optional.of(JobState.READY)));
        assertThat(JobQuery.finished(BUILD.name(), "c")).isEqualTo(new JobQuery(pair, Optional.empty()));
        refused(() -> JobQuery.unfinished(BUILD.name(), "c", JobState.FAILED), "JobQuery.finished", "FAILED");
        assertThat(Page.Request.first(10_000).after("x")).isEqualTo(new Page.Request(10_000, Optional.of("x")));
        refused(() -> Page.Request.first(0), "page size", "0");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a state is pending, finished or RUNNING")
    void states(JobState state) {
        boolean pending =
                List.of(JobState.BLOCKED, JobState.SCHEDULED, JobState.READY).contains(state);
        assertThat(state.pending()).isEqualTo(pending);
        assertThat(state.finished()).isEqualTo(!pending && state != JobState.RUNNING);
    }

    @Test
    @DisplayName("QRY-3: a pause stops a channel, a full name, or a family with its variants")
    void pauseScopes() {
        TypeChannel plain = new TypeChannel(TypeName.parse("a"), "c");
        TypeChannel variant = new TypeChannel(TypeName.parse("a:x"), "d");
        TypeChannel other = new TypeChannel(TypeName.parse("b"), "c");
        List<TypeChannel> all = List.of(plain, variant, other);
        assertThat(all.stream().filter(new PauseScope.Channel("c")::covers)).containsExactly(plain, other);
        assertThat(all.stream().filter(new PauseScope.Type(plain.type())::covers))
                .containsExactly(plain);
        assertThat(all.stream().filter(new PauseScope.Family("a")::covers)).containsExactly(plain, variant);
        refused(() -> new PauseScope.Channel(""), "channel");
        refused(() -> new PauseScope.Family(""), "family");
    }

    @Test
    @DisplayName("CAN-3: a reason goes with CANCELED and with nothing else")
    void tokenAnswers() {
        assertThat(TokenAnswer.canceled("why").verdict()).isEqualTo(TokenAnswer.Verdict.CANCELED);
        assertThat(TokenAnswer.canceled("why").cancelReason()).contains("why");
        refused(() -> new TokenAnswer(TokenAnswer.Verdict.CANCELED, Optional.empty()), "CANCELED");
        refused(() -> new TokenAnswer(TokenAnswer.Verdict.LOST, Optional.of("why")), "LOST");
        refused(() -> new FinishAnswer(Optional.empty(), Optional.empty()), "answer or a refusal");
        JobQueueException.Refused refusal = new JobQueueException.Invalid("why");
        refused(() -> new FinishAnswer(Optional.of(TokenAnswer.DONE), Optional.of(refusal)), "answer or a refusal");
        assertThat(FinishAnswer.of(TokenAnswer.DONE).answer()).contains(TokenAnswer.DONE);
        assertThat(FinishAnswer.refused(refusal).refusal()).containsSame(refusal);
    }

    @Test
    @DisplayName("TYP-1: names are ordered as their text; the first colon ends the family")
    void typeNames() {
        assertThat(Stream.of("b", "a:x", "a").map(TypeName::parse).sorted())
                .map(TypeName::toString)
                .containsExactly("a", "a:x", "b");
        refused(() -> TypeName.parse(":x"), "family");
        refused(() -> new TypeName("a:x", Optional.empty()), "no colon", "a:x");
        refused(() -> new TypeName(":", Optional.empty()), "no colon");
        refused(() -> TypeName.parse("a").withVariant("x".repeat(254)), "256");
        assertThat(BUILD).hasToString("build");
    }

    @Test
    @DisplayName("FIN-4: exceptions tell the state, and the ids and tokens to repeat a call with")
    void exceptions() {
        JobId id = JobId.create();
        JobToken token = JobToken.create();
        assertThat(new JobQueueException.NotPending(id, JobState.RUNNING).state())
                .isEqualTo(JobState.RUNNING);
        assertThat(new JobQueueException.AlreadyFinished(id, JobState.FAILED).state())
                .isEqualTo(JobState.FAILED);
        JobQueueException.OutcomeUnknown unknown =
                new JobQueueException.OutcomeUnknown("why", null, List.of(id), List.of(token));
        assertThat(unknown.ids()).containsExactly(id);
        assertThat(unknown.tokens()).containsExactly(token);
    }

    @Test
    @DisplayName("TYP-5: settings of a queue change one at a time")
    void queueOptions() {
        QueueOptions options =
                QueueOptions.DEFAULT.maxJsonBytes(1_024).worker("w").heartbeatLimit(SECOND);
        assertThat(options).isEqualTo(new QueueOptions(1_024, "w", SECOND, QueueOptions.DEFAULT.clock()));
        refused(() -> options.maxJsonBytes(1_023), "maxJsonBytes", "1023");
        refused(() -> options.worker(""), "worker");
        refused(() -> options.heartbeatLimit(Duration.ZERO), "heartbeatLimit");
    }
}
