package dev.jobqueue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

class JobTypeTest {
    record Args(String name, List<Integer> sizes) {}

    private static final JobType<Args, String> BUILD = JobType.of("build", Args.class, String.class);

    @Test
    @DisplayName("TYP-1: a full name is family or family:variant")
    void splitsFullNames() {
        TypeName name = TypeName.parse("osbuild:x86_64:extra");

        assertThat(name.family()).isEqualTo("osbuild");
        assertThat(name.variant()).contains("x86_64:extra");
        assertThat(name).hasToString("osbuild:x86_64:extra");
        assertThat(BUILD.variant("a").name()).isEqualTo(TypeName.parse("build:a"));
    }

    @Test
    @DisplayName("TYP-1: a name without a variant covers its variants, one with a variant only itself")
    void covers() {
        assertThat(TypeName.parse("a").covers(TypeName.parse("a:x"))).isTrue();
        assertThat(TypeName.parse("a:x").covers(TypeName.parse("a"))).isFalse();
        assertThat(TypeName.parse("a:x").covers(TypeName.parse("a:y"))).isFalse();
        assertThat(TypeName.parse("a").covers(TypeName.parse("b"))).isFalse();
        assertThatExceptionOfType(JobQueueException.TypeMismatch.class)
                .isThrownBy(() -> BUILD.requireCovers(JobId.create(), TypeName.parse("other")))
                .withMessageContaining("build")
                .withMessageContaining("other");
    }

    @ParameterizedTest
    @DisplayName("TYP-5: names have 1 to 255 characters and no control character")
    @ValueSource(strings = {"", "a\nb", "\u0000", ":a", "a:", "\u0085", "\ud800"})
    void refusesNames(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> TypeName.parse(name));
    }

    @Test
    @DisplayName("TYP-5: the message has the value and the limit")
    void namesTheLimit() {
        assertThat(TypeName.parse("x".repeat(255)).toString()).hasSize(255);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TypeName.parse("x".repeat(256)))
                .withMessageContaining("255")
                .withMessageContaining("256");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BUILD.job(null).priority(32_768))
                .withMessageContaining("32768")
                .withMessageContaining("32767");
    }

    @Test
    @DisplayName("TYP-6: unknown fields are ignored")
    void ignoresUnknownFields() {
        Args args = BUILD.decodeArgs(RawJson.of("{\"name\":\"n\",\"new\":{\"x\":1},\"sizes\":[1]}"));

        assertThat(args).isEqualTo(new Args("n", List.of(1)));
    }

    @Test
    @DisplayName("TYP-1: what does not fit the class is refused with the type and the class")
    void undecodable() {
        assertThatExceptionOfType(JobQueueException.Undecodable.class)
                .isThrownBy(() -> BUILD.decodeArgs(RawJson.of("[]")))
                .withMessageContaining("build")
                .withMessageContaining("Args");
    }

    @Test
    void genericTypesAreDecodedWithTheirArguments() {
        JobType<List<Args>, List<Duration>> type =
                JobType.of("list", new TypeRef<List<Args>>() {}, new TypeRef<List<Duration>>() {});

        assertThat(type.decodeArgs(RawJson.of("[{\"name\":\"n\",\"sizes\":[]}]")))
                .containsExactly(new Args("n", List.of()));
    }

    @Test
    @DisplayName("ENQ-4: a request is one job: changes keep its id, again() does not")
    void requestsKeepTheirId() {
        JobRequest<Args, String> request = BUILD.job(new Args("n", List.of()));

        assertThat(request.priority(3).channel("c").id()).isEqualTo(request.id());
        assertThat(request.again().id()).isNotEqualTo(request.id());
    }

    @Test
    @DisplayName("QRY-5: later changes to the args object do not reach the request")
    void argsAreWrittenAtOnce() {
        List<Integer> sizes = new ArrayList<>(List.of(1));
        JobRequest<Args, String> request = BUILD.job(new Args("n", sizes));
        sizes.add(2);

        assertThat(request.job().args()).hasToString("{\"name\":\"n\",\"sizes\":[1]}");
    }

    @Test
    @DisplayName("DEP-6: dependsOn and requires make one list in the order of the calls")
    void dependenciesKeepTheirOrder() {
        JobId a = JobId.create();
        JobId b = JobId.create();
        JobRequest<Args, String> request =
                BUILD.job(null).dependsOn(a).requires(b, a).dependsOn(b);

        assertThat(request.job().dependencies())
                .containsExactly(
                        new Dependency(a, false),
                        new Dependency(b, true),
                        new Dependency(a, true),
                        new Dependency(b, false));
    }

    @Test
    @DisplayName("DEQ-14: notBefore and delay exclude each other, the later call wins")
    void oneTimeOnly() {
        JobRequest<Args, String> request =
                BUILD.job(null).notBefore(Instant.EPOCH.plusSeconds(9)).delay(Duration.ofSeconds(1));

        assertThat(request.job().options().notBefore()).isEmpty();
        assertThat(request.job().options().delay()).contains(Duration.ofSeconds(1));
    }

    @Test
    @DisplayName("FIN-1: a token is masked in every text but reveal()")
    void tokensAreMasked() {
        JobToken token = JobToken.create();

        assertThat(token.toString()).doesNotContain(token.reveal().substring(0, 8));
        assertThat(JobToken.parse(token.reveal())).isEqualTo(token);
    }

    @Test
    void idsAreOrderedByTheirTime() {
        JobId first = JobId.create();
        JobId second = JobId.create();

        assertThat(first.value().version()).isEqualTo(7);
        assertThat(first).isLessThan(second);
        assertThatIllegalArgumentException().isThrownBy(() -> JobId.parse("1-1-1-1-1"));
    }

    @Test
    @DisplayName("FIN-3: backoff grows up to its limit and jitter only shortens it")
    void backoff() {
        Backoff backoff = Backoff.exponential(Duration.ofSeconds(10), Duration.ofMinutes(1));

        assertThat(backoff.after(1)).isEqualTo(Duration.ofSeconds(10));
        assertThat(backoff.after(3)).isEqualTo(Duration.ofSeconds(40));
        assertThat(backoff.after(1_000)).isEqualTo(Duration.ofMinutes(1));
        assertThat(backoff.after(1, 0)).isEqualTo(Duration.ofSeconds(10));
        assertThat(backoff.after(1, 0.999)).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(9));
        assertThatIllegalArgumentException().isThrownBy(() -> backoff.after(1, 1));
    }

    @Test
    @DisplayName("a type reads and writes with the mapper that it was given")
    void ownMapper() {
        JobType<Args, String> strict = BUILD.mapper(JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build());
        RawJson json = RawJson.of("{\"name\":\"n\",\"new\":1,\"sizes\":[]}");
        assertThat(BUILD.decodeArgs(json)).isEqualTo(new Args("n", List.of()));
        assertThatExceptionOfType(JobQueueException.Undecodable.class).isThrownBy(() -> strict.decodeArgs(json));
        assertThat(strict.decodeResult(strict.encodeResult("r"))).isEqualTo("r");
    }
}
