package dev.jobqueue.examples.composer.statuspage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jobqueue.JobCount;
import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobOutcome;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobState;
import dev.jobqueue.JobType;
import dev.jobqueue.PauseScope;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.examples.composer.jobs.ComposerJobs;
import dev.jobqueue.examples.composer.jobs.ComposerJson;
import dev.jobqueue.examples.composer.jobs.DepsolveArgs;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import dev.jobqueue.examples.composer.jobs.KojiCompose;
import dev.jobqueue.examples.composer.jobs.OsbuildArgs;
import dev.jobqueue.testkit.ManualClock;
import dev.jobqueue.testkit.junit.JobQueueExtension;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the pages show and what they refuse, read as a browser without script reads them. */
@ExtendWith(JobQueueExtension.class)
class StatusPageTest {
    private static final String MINE = JobOptions.DEFAULT_CHANNEL;
    private static final JobType<OsbuildArgs, ?> X86_64 = JobTypes.OSBUILD.variant("x86_64");
    private static final JobType<?, ?> KOJI_X86_64 = JobTypes.OSBUILD_KOJI.variant("x86_64");

    /** Tags, quotes, NUL, escape, a mark that turns the direction, one without width, half a character. */
    private static final String HOSTILE =
            "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`&lt;\u0000\u001b[31m\u202egnp.exe\u200b";

    private static final String HOSTILE_IN_JSON = ComposerJson.MAPPER.writeValueAsString(HOSTILE);

    private JobQueue queue;
    private ManualClock clock;
    private Site site;

    @BeforeEach
    void start(JobQueue newQueue, ManualClock newClock) {
        queue = newQueue;
        clock = newClock;
        site = new Site(queue);
    }

    @AfterEach
    void stop() {
        site.close();
    }

    // ---- hostile text

    private static void assertInert(HttpResponse<byte[]> answer) {
        String html = new String(answer.body(), StandardCharsets.UTF_8);
        assertThat(html).doesNotContain("\u0000", "\u001b", "\u202e", "\u200b");
        Document page = Site.page(answer, 200);
        assertThat(page.select("script")).hasSize(1);
        assertThat(page.selectFirst("script").attr("src")).startsWith("/ui/assets/page.js?v=");
        assertThat(page.selectFirst("script").html()).isEmpty();
        assertThat(page.select("img, iframe, object, embed, style, base, [style]"))
                .isEmpty();
        assertThat(page.getAllElements().stream()
                        .flatMap(element -> element.attributes().asList().stream())
                        .map(attribute -> attribute.getKey())
                        .filter(name -> name.startsWith("on")))
                .isEmpty();
        assertThat(page.text()).contains("<script>alert(1)</script>", "‹U+0000›‹U+001B›[31m‹U+202E›gnp.exe‹U+200B›");
    }

    @Test
    void whateverUsersAndWorkersWriteIsInertAndNothingOfItIsHidden() throws Exception {
        KojiCompose koji = site.koji(MINE, HOSTILE, "x86_64");
        String error = "{\"job_error\":{\"id\":15,\"reason\":" + HOSTILE_IN_JSON + ",\"details\":{" + HOSTILE_IN_JSON
                + ":" + HOSTILE_IN_JSON + "}}}";
        site.report(site.take(JobTypes.KOJI_INIT, "<script>alert(3)</script>"), error);
        queue.cancel(koji.builds().get(0), HOSTILE);
        assertInert(site.send("GET", ""));
        assertInert(site.send("GET", "/composes/" + koji.finalizeJob()));

        RawJson manifest = RawJson.of("{\"pipelines\":[{\"name\":" + HOSTILE_IN_JSON + "}]}");
        JobId plain = queue.enqueue(ComposerJobs.osbuild("x86_64", OsbuildArgs.of(manifest, HOSTILE, List.of(HOSTILE))))
                .id();
        RunningJob<?, ?> job = site.take(X86_64, "worker");
        assertThat(job.report(RawJson.of("{\"message\":" + HOSTILE_IN_JSON + "}"))
                        .verdict())
                .hasToString("CONTINUE");
        assertInert(site.send("GET", "/composes/" + plain));
        assertInert(site.send("GET", ""));
        assertThat(site.compose(plain).select(".progress").text()).contains("<script>alert(1)</script>");
        assertThat(site.compose(plain).select(".summary").text()).contains("Pipelines <script>alert(1)</script>");
    }

    @Test
    void anIdThatIsNoneIsShownAsText() throws Exception {
        HttpResponse<byte[]> answer = site.send("GET", "/find?id=%3Cscript%3Ealert(1)%3C/script%3E%00");
        Document page = Site.page(answer, 404);
        assertThat(page.select("script")).hasSize(1);
        assertThat(page.select("main").text()).contains("'<script>alert(1)</script>‹U+0000›' is no id");
    }

    @Test
    void theFormLeadsToTheCompose() throws Exception {
        JobId id = site.plain(MINE);
        HttpResponse<byte[]> answer = site.send("GET", "/find?id=+" + id);
        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("Location")).contains("/ui/composes/" + id);
    }

    // ---- access

    @Test
    void whatIsUnknownIsNotFoundAndWhatIsForeignLooksTheSame() throws Exception {
        JobId foreign = site.plain("org-1");
        KojiCompose foreignKoji = site.koji("org-1", "fedora", "x86_64");
        JobId depsolve = queue.enqueue(ComposerJobs.depsolve(new DepsolveArgs(Map.of(), List.of(), "", "", "")))
                .id();
        KojiCompose own = site.koji(MINE, "fedora", "x86_64");
        String unknown = site.missing("/composes/" + UUID.randomUUID(), MINE).html();
        for (String id : List.of(
                foreign.toString(),
                foreignKoji.finalizeJob().toString(),
                foreignKoji.builds().get(0).toString(),
                depsolve.toString(),
                own.init().toString(),
                "me")) {
            assertThat(site.missing("/composes/" + id, MINE).html()).as(id).isEqualTo(unknown);
        }
        assertThat(site.get("/composes/" + foreign, "org-1").select("h1").text())
                .isEqualTo("disk.qcow2");
        assertThat(site.get("/composes/" + own.builds().get(0), MINE).select(".job"))
                .hasSize(2);
    }

    @Test
    void theListAndTheQueueAreThoseOfTheCallersChannel() throws Exception {
        JobId own = site.plain(MINE);
        JobId foreign = site.koji("org-1", "fedora", "x86_64").finalizeJob();
        site.samples.take();
        assertThat(listed("", MINE)).containsExactly(own.toString());
        assertThat(listed("", "org-1")).containsExactly(foreign.toString());
        assertThat(listed("", "org-2")).isEmpty();
        assertThat(site.get("", MINE).select(".type h3").eachText()).containsExactly("osbuild:x86_64");
        assertThat(site.get("", "org-1").select(".type h3").eachText())
                .containsExactly("koji-finalize", "koji-init", "osbuild-koji:x86_64");
        assertThat(site.get("", "org-2").select("#queue").text()).contains("No job waits or runs.");
    }

    private List<String> listed(String path, String channel) throws Exception {
        return site.get(path, channel).select(".list tbody .id").eachText();
    }

    // ---- lists

    @Test
    void composesAreListedNewestFirstByPages() throws Exception {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 45; i++) {
            ids.add(0, (i % 3 == 0 ? site.koji(MINE, "fedora", "x86_64").finalizeJob() : site.plain(MINE)).toString());
            clock.advance(Duration.ofSeconds(1));
            if (i % 2 == 0 && i % 3 != 0) {
                site.run(X86_64, Site.BUILT);
            }
        }
        List<String> found = new ArrayList<>();
        for (String path = ""; ; ) {
            Document page = site.get(path);
            found.addAll(page.select(".list tbody .id").eachText());
            Element next = page.selectFirst("a[rel=next]");
            if (next == null) {
                break;
            }
            path = next.attr("href").substring(StatusPage.PATH.length());
        }
        assertThat(found).isEqualTo(ids);
        assertThat(listed("?page=2", MINE)).hasSize(5);
        for (String beyond : List.of("?page=3", "?page=999999")) {
            assertThat(listed(beyond, MINE)).as(beyond).isEqualTo(listed("?page=2", MINE));
        }
        for (String odd : List.of("?page=-1", "?page=x", "?page=99999999999", "?page=")) {
            assertThat(listed(odd, MINE)).as(odd).isEqualTo(listed("", MINE));
        }
    }

    @Test
    void aRowTellsKindStateImagesAndTimes() throws Exception {
        KojiCompose koji = site.koji(MINE, "fedora", "x86_64", "aarch64");
        site.run(JobTypes.KOJI_INIT, "{\"build_id\":17}");
        clock.advance(Duration.ofSeconds(65));
        site.run(KOJI_X86_64, Site.BUILT);
        Element row = site.get("").selectFirst(".list tbody tr");
        assertThat(row.selectFirst("th a").text()).isEqualTo("fedora-42-1");
        assertThat(row.selectFirst("th a").attr("href")).isEqualTo("/ui/composes/" + koji.finalizeJob());
        assertThat(row.select(".kind").text()).isEqualTo("koji");
        assertThat(row.select(".state").text()).isEqualTo("running");
        assertThat(row.select(".chip").eachText()).containsExactly("x86_64 succeeded", "aarch64 ready");
        assertThat(row.select("time").attr("datetime"))
                .isEqualTo(queue.status(koji.finalizeJob()).times().enqueued().toString());

        site.run(JobTypes.OSBUILD_KOJI.variant("aarch64"), Site.BUILT);
        site.run(JobTypes.KOJI_FINALIZE, "{}");
        row = site.get("").selectFirst(".list tbody tr");
        assertThat(row.select(".state").text()).isEqualTo("succeeded");
        assertThat(row.select(".cell-took").text()).isEqualTo("1 min 5 s");
        site.plain(MINE);
        row = site.get("").selectFirst(".list tbody tr");
        assertThat(row.select(".kind").text()).isEqualTo("plain");
        assertThat(row.select(".state").text()).isEqualTo("ready");
    }

    @Test
    void aDeletedComposeLeavesTheList() throws Exception {
        JobId id = site.plain(MINE);
        JobId other = site.plain(MINE);
        site.run(X86_64, Site.BUILT);
        assertThat(listed("", MINE)).hasSize(2);
        assertThat(queue.delete(id)).isEqualTo(1);
        assertThat(listed("", MINE)).containsExactly(other.toString());
        site.missing("/composes/" + id, MINE);
    }

    // ---- one compose

    @Test
    void everyStateHasAWordInTheGraphAndAtTheJob() throws Exception {
        KojiCompose koji = site.koji(MINE, "fedora", "x86_64");
        assertThat(stateOf(koji.finalizeJob(), koji.init())).isEqualTo("ready");
        assertThat(stateOf(koji.finalizeJob(), koji.finalizeJob())).isEqualTo("blocked");
        RunningJob<?, ?> init = site.take(JobTypes.KOJI_INIT, "worker-1");
        assertThat(stateOf(koji.finalizeJob(), koji.init())).isEqualTo("running");
        site.report(init, "{\"build_id\":17}");
        assertThat(stateOf(koji.finalizeJob(), koji.init())).isEqualTo("succeeded");
        site.run(KOJI_X86_64, "{\"job_error\":{\"id\":10,\"reason\":\"no\"}}");
        assertThat(stateOf(koji.finalizeJob(), koji.builds().get(0))).isEqualTo("failed");
        queue.cancel(koji.finalizeJob(), "not needed");
        assertThat(stateOf(koji.finalizeJob(), koji.finalizeJob())).isEqualTo("canceled");
        JobId later = queue.enqueue(ComposerJobs.osbuild("x86_64", OsbuildArgs.of(Site.MANIFEST, "", List.of()))
                        .delay(Duration.ofMinutes(5)))
                .id();
        assertThat(stateOf(later, later)).isEqualTo("scheduled");
    }

    /** The same in both drawings and in the text. */
    private String stateOf(JobId compose, JobId job) throws Exception {
        Document page = site.compose(compose);
        String state = page.select("#job-" + job + " > .title [data-state]").attr("data-state");
        assertThat(page.select("#job-" + job + " > .title .state").text()).isEqualTo(state);
        assertThat(page.select(".graph a[href=#job-" + job + "]")).hasSize(2).allSatisfy(box -> {
            assertThat(box.hasClass(state)).isTrue();
            assertThat(box.attr("aria-label")).endsWith(", " + state);
            assertThat(box.select("use").attr("href")).isEqualTo("#sign-" + state);
        });
        assertThat(page.select("symbol#sign-" + state)).hasSize(1);
        return state;
    }

    @Test
    void aFailureIsToldDownToItsCauses() throws Exception {
        KojiCompose koji = site.koji(MINE, "fedora", "x86_64", "aarch64");
        site.run(JobTypes.KOJI_INIT, "{\"build_id\":17}");
        site.run(
                KOJI_X86_64,
                "{\"job_error\":{\"id\":9,\"reason\":\"no manifest\",\"details\":[{\"id\":5,\"reason\":\"no packages\",\"details\":[{\"id\":20,\"reason\":\"dnf says no\",\"details\":{\"repository\":\"base\"}}]}]}}");
        site.run(JobTypes.OSBUILD_KOJI.variant("aarch64"), Site.BUILT);
        site.run(JobTypes.KOJI_FINALIZE, "{\"job_error\":{\"id\":13,\"reason\":\"at least one image was not built\"}}");
        Document page = site.compose(koji.finalizeJob());
        assertThat(page.select(".summary .state").text()).isEqualTo("failed");

        Element why = page.selectFirst("#why");
        assertThat(why.hasAttr("hidden")).isFalse();
        assertThat(why.select("li").eachText()).containsExactly("osbuild-koji x86_64: dnf says no");
        assertThat(why.select("a").attr("href"))
                .isEqualTo("#job-" + koji.builds().get(0));

        Element end = page.selectFirst("#job-" + koji.finalizeJob());
        assertThat(end.select(".error-head").eachText())
                .containsExactly("at least one image was not built", "no manifest", "no packages", "dnf says no");
        assertThat(end.select(".causes .causes .causes .error-kind").text())
                .isEqualTo("error 20, dnf depsolve · caused by the request");
        assertThat(end.select("pre").text()).isEqualTo("{\"repository\":\"base\"}");
    }

    @Test
    void nothingFailedMeansNoWordOfFailure() throws Exception {
        JobId id = site.plain(MINE);
        site.run(X86_64, Site.BUILT);
        assertThat(site.compose(id).selectFirst("#why").hasAttr("hidden")).isTrue();
        assertThat(site.compose(id).select(".error")).isEmpty();
    }

    @Test
    void anEndlessChainOfCausesIsCut() throws Exception {
        String chain = "{\"id\":10,\"reason\":\"the end\"}";
        for (int i = 0; i < 300; i++) {
            chain = "{\"id\":26,\"reason\":\"level\",\"details\":[" + chain + "]}";
        }
        JobId id = site.plain(MINE);
        site.run(X86_64, "{\"job_error\":" + chain + "}");
        assertThat(site.compose(id).select("#job-" + id + " .error")).hasSizeBetween(5, 20);
    }

    @Test
    void attemptsTellWorkerTimesAndEnd() throws Exception {
        JobId id = queue.enqueue(ComposerJobs.osbuild("x86_64", OsbuildArgs.of(Site.MANIFEST, "", List.of())))
                .id();
        var unused = site.take(X86_64, "builder-7");
        clock.advance(Duration.ofMinutes(3));
        assertThat(queue.expire(10)).containsExactly(id);
        RunningJob<?, ?> second = site.take(X86_64, "builder-8");
        clock.advance(Duration.ofMillis(1_500));
        second.release(Duration.ZERO);
        var third = site.take(X86_64, "builder-9");
        Document page = site.compose(id);
        List<List<String>> attempts = page.select(".attempts tbody tr").stream()
                .map(row -> List.of(
                        row.child(0).text(),
                        row.child(1).text(),
                        row.child(3).text(),
                        row.select(".state").text()))
                .toList();
        assertThat(attempts)
                .containsExactly(
                        List.of("1", "builder-7", "3 min 0 s", "worker lost"),
                        List.of("2", "builder-8", "1 s", "given back"),
                        List.of("3", "builder-9", "not finished", "running"));
        assertThat(page.select(".attempts tbody time").eachAttr("datetime"))
                .hasSize(3)
                .last()
                .isEqualTo(clock.now().toString());
        assertThat(third.id()).isEqualTo(id);
    }

    @Test
    void whatDoesNotRunSaysWhy() throws Exception {
        KojiCompose koji = site.koji(MINE, "fedora", "x86_64");
        Document page = site.compose(koji.finalizeJob());
        Element waits = page.selectFirst("#job-" + koji.finalizeJob() + " .explain");
        assertThat(waits.text()).isEqualTo("Waits for koji-init, osbuild-koji x86_64.");
        assertThat(waits.select("a").eachAttr("href"))
                .containsExactly("#job-" + koji.init(), "#job-" + koji.builds().get(0));
        assertThat(page.select("#job-" + koji.init() + " .explain").text())
                .contains("no dequeue asked for type koji-init on channel default");
        queue.pause(new PauseScope.Channel(MINE));
        assertThat(site.compose(koji.finalizeJob())
                        .select("#job-" + koji.init() + " .explain")
                        .text())
                .contains("Paused");
    }

    @Test
    void progressOfARunningJobIsShown() throws Exception {
        JobId id = site.plain(MINE);
        RunningJob<?, ?> job = site.take(X86_64, "worker-1");
        assertThat(job.report(RawJson.of("{\"message\":\"pipeline os\",\"done\":3,\"total\":8}")))
                .isEqualTo(TokenAnswer.CONTINUE);
        Element progress = site.compose(id).selectFirst(".progress");
        assertThat(progress.text()).isEqualTo("3 of 8 pipeline os");
        assertThat(progress.selectFirst("progress").attr("value")).isEqualTo("3");
        assertThat(job.report(RawJson.of("[\"something\",9]"))).isEqualTo(TokenAnswer.CONTINUE);
        assertThat(site.compose(id).select(".progress").text()).isEqualTo("[\"something\",9]");
    }

    @Test
    void aResultThatCannotBeReadDoesNotHideTheRest() throws Exception {
        JobId id = site.plain(MINE);
        RunningJob<?, ?> job = site.take(X86_64, "worker-1");
        var unused = queue.finish(job.token(), new JobOutcome.Succeeded(RawJson.of("[1]")));
        Document page = site.compose(id);
        assertThat(page.select("#job-" + id + " .note").text()).isEqualTo("Its result cannot be read.");
        assertThat(page.select(".attempts")).hasSize(1);
    }

    @Test
    void aComposeOfAHundredJobsIsShownWholeAndALargerOneWithoutTheRest() throws Exception {
        String[] images = new String[98];
        Arrays.fill(images, "x86_64");
        Document page = site.compose(site.koji(MINE, "fedora", images).finalizeJob());
        assertThat(page.select(".graph.narrow .box")).hasSize(100);
        assertThat(page.select(".graph.narrow .frame title").text()).isEqualTo("98 jobs with the same dependencies");
        assertThat(page.select(".graph.narrow .arrow")).hasSize(2);
        assertThat(page.select(".job")).hasSize(100);

        String[] more = new String[120];
        Arrays.fill(more, "x86_64");
        page = site.compose(site.koji(MINE, "fedora", more).finalizeJob());
        assertThat(page.select(".job")).hasSize(100);
        assertThat(page.select(".note").text()).contains("22 more jobs");
        assertThat(page.select(".job h3").last().text()).isEqualTo("koji-finalize");
    }

    // ---- the queue

    @Test
    void theQueueShowsDepthWaitsAndTheOldestReadyJob() throws Exception {
        JobId first = site.plain(MINE);
        site.plain(MINE);
        site.samples.take();
        clock.advance(Duration.ofSeconds(90));
        site.plain(MINE);
        site.samples.take();
        Element type = site.get("").selectFirst(".type");
        assertThat(type.select(".numbers div").eachText()).containsExactly("running 0", "ready 3", "waiting 0");
        assertThat(type.select(".spark svg").eachAttr("aria-label"))
                .containsExactly(
                        "Ready jobs: now 3, at most 3", "Wait of the oldest ready job in seconds: now 90, at most 90");
        assertThat(type.select(".oldest").text()).contains(first.toString());
        assertThat(type.select(".plots").text()).contains("wait, longest 1 min 30 s");
        assertThat(type.select("polyline").first().attr("points")).isEqualTo("119.0,10.0 120.0,2.0");
    }

    // ---- HTTP

    @ParameterizedTest
    @ValueSource(strings = {"", "/composes/{id}", "/composes/none", "/find?id=x", "/assets/page.css", "/assets/none"})
    void everyAnswerIsLockedDownAndHeadIsTheSameWithoutABody(String path) throws Exception {
        String real = path.replace("{id}", site.plain(MINE).toString());
        HttpResponse<byte[]> get = site.send("GET", real);
        assertThat(get.headers().firstValue("Content-Security-Policy").orElseThrow())
                .startsWith("default-src 'none'; script-src 'self'; style-src 'self';")
                .contains("frame-ancestors 'none'", "base-uri 'none'")
                .doesNotContain("unsafe");
        assertThat(get.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(get.headers().firstValue("Referrer-Policy")).contains("no-referrer");
        assertThat(get.headers().firstValue("Cache-Control")).isPresent();
        HttpResponse<byte[]> head = site.send("HEAD", real);
        assertThat(head.statusCode()).isEqualTo(get.statusCode());
        assertThat(head.body()).isEmpty();
        for (String name :
                List.of("Content-Security-Policy", "Content-Type", "Cache-Control", "ETag", "Content-Length")) {
            assertThat(head.headers().allValues(name))
                    .as(name)
                    .isEqualTo(get.headers().allValues(name));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE"})
    void nothingButReadingIsAllowed(String method) throws Exception {
        JobId id = site.plain(MINE);
        for (String path : List.of("", "/composes/" + id, "/find", "/assets/page.js")) {
            assertThat(site.send(method, path).statusCode()).as(path).isEqualTo(405);
        }
        assertThat(queue.counts())
                .singleElement()
                .isEqualTo(new JobCount(new TypeChannel(X86_64.name(), MINE), JobState.READY, 1));
        assertThat(queue.status(id).state()).isEqualTo(JobState.READY);
    }

    @Test
    void aPageThatHasNotChangedIsNotSentAgain() throws Exception {
        JobId id = site.plain(MINE);
        HttpResponse<byte[]> first = site.send("GET", "/composes/" + id);
        String tag = first.headers().firstValue("ETag").orElseThrow();
        clock.advance(Duration.ofMinutes(1));
        HttpResponse<byte[]> second = site.send("GET", "/composes/" + id, "If-None-Match", tag);
        assertThat(second.statusCode()).isEqualTo(304);
        assertThat(second.body()).isEmpty();
        site.run(X86_64, Site.BUILT);
        assertThat(site.send("GET", "/composes/" + id, "If-None-Match", tag).statusCode())
                .isEqualTo(200);
    }

    @Test
    void filesAreKeptAsLongAsTheyAreTheSame() throws Exception {
        Document page = site.get("");
        List<String> files = new ArrayList<>(page.select("script").eachAttr("src"));
        files.addAll(page.select("link").eachAttr("href"));
        assertThat(files).hasSize(3);
        List<String> types = new ArrayList<>();
        for (String file : files) {
            HttpResponse<byte[]> answer = site.send("GET", file.substring(StatusPage.PATH.length()));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Cache-Control")).contains("public, max-age=31536000, immutable");
            types.add(answer.headers().firstValue("Content-Type").orElseThrow());
        }
        assertThat(types)
                .containsExactlyInAnyOrder(
                        "text/javascript; charset=utf-8", "text/css; charset=utf-8", "image/svg+xml; charset=utf-8");
        assertThat(site.send("GET", "/assets/page.css?v=old").headers().firstValue("Cache-Control"))
                .contains("no-cache");
        assertThat(site.send("GET", "/assets/..%2flist.html").statusCode()).isIn(400, 404);
    }

    @Test
    void aQueueThatFailsIsSaidSo() throws Exception {
        JobId id = site.plain(MINE);
        queue.close();
        for (String path : List.of("", "/composes/" + id)) {
            assertThat(Site.page(site.send("GET", path), 503).select("h1").text())
                    .isEqualTo("The queue does not answer");
        }
    }

    @Test
    void aPageHasTheMarksThatReadersOfScreensNeed() throws Exception {
        KojiCompose koji = site.koji(MINE, "fedora", "x86_64");
        for (Document page : List.of(site.get(""), site.compose(koji.finalizeJob()))) {
            assertThat(page.select("html").attr("lang")).isEqualTo("en");
            assertThat(page.select("main, header, footer")).hasSize(3);
            assertThat(page.select("h1")).hasSize(1);
            assertThat(page.select("[aria-live=polite]")).hasSize(1);
            assertThat(page.select("table:not(:has(th[scope=col]))")).isEmpty();
            assertThat(page.select("input").stream()
                            .filter(input ->
                                    page.select("label[for=" + input.id() + "]").isEmpty()))
                    .isEmpty();
            assertThat(page.select("svg:not([aria-hidden]):not([role=img])"))
                    .allSatisfy(
                            svg -> assertThat(svg.parent().attr("aria-label")).isNotEmpty());
            List<String> ids = page.select("[id]").eachAttr("id");
            assertThat(ids).doesNotHaveDuplicates();
            assertThat(page.select("a[href^=#], use").eachAttr("href"))
                    .allSatisfy(href -> assertThat(ids).contains(href.substring(1)));
        }
    }
}
