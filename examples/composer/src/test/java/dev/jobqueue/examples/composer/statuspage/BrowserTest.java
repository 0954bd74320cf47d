package dev.jobqueue.examples.composer.statuspage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.jobqueue.JobId;
import dev.jobqueue.JobOptions;
import dev.jobqueue.JobQueue;
import dev.jobqueue.JobType;
import dev.jobqueue.QueueOptions;
import dev.jobqueue.RawJson;
import dev.jobqueue.RunningJob;
import dev.jobqueue.TokenAnswer;
import dev.jobqueue.examples.composer.jobs.JobTypes;
import dev.jobqueue.examples.composer.jobs.KojiCompose;
import dev.jobqueue.testkit.InMemoryJobStore;
import dev.jobqueue.testkit.ManualClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;

/**
 * The pages in Chromium: live, on narrow and wide screens, by keyboard, without script. Takes the pictures of the documentation.
 *
 * <p>Runs in the profile {@code browser} only.
 */
@EnabledIfSystemProperty(named = "composer.browser", matches = "true", disabledReason = "needs -Pbrowser")
class BrowserTest {
    private static final String MINE = JobOptions.DEFAULT_CHANNEL;
    private static final JobType<?, ?> X86_64 = JobTypes.OSBUILD.variant("x86_64");
    private static final JobType<?, ?> KOJI_X86_64 = JobTypes.OSBUILD_KOJI.variant("x86_64");
    private static final JobType<?, ?> KOJI_AARCH64 = JobTypes.OSBUILD_KOJI.variant("aarch64");

    /** Ends about now, so that the browser, which has the time of this machine, sees times in the past. */
    private final ManualClock clock = new ManualClock(Instant.now().minus(Duration.ofMinutes(25)));

    private final JobQueue queue = JobQueue.on(
            new InMemoryJobStore(clock), QueueOptions.DEFAULT.clock(clock).worker("test"));
    private final Site site = new Site(queue);
    private Browser browser;

    @BeforeEach
    void start(@TempDir Path profile) {
        browser = new Browser(profile);
    }

    @AfterEach
    void stop() {
        browser.close();
        site.close();
        queue.close();
    }

    private void open(String path) {
        browser.driver.get(site.url() + path);
    }

    private void open(JobId compose) {
        open("/composes/" + compose);
    }

    /** Time goes on, and samples of the queue are taken. */
    private void pass(int seconds) {
        for (int second = 5; second <= seconds; second += 5) {
            clock.advance(Duration.ofSeconds(5));
            site.samples.take();
        }
    }

    private KojiCompose running() throws Exception {
        KojiCompose koji = site.koji(MINE, "fedora-server", "x86_64", "aarch64");
        pass(5);
        RunningJob<?, ?> init = site.take(JobTypes.KOJI_INIT, "builder-1.example.com");
        pass(5);
        site.report(init, "{\"build_id\":17}");
        return koji;
    }

    /** One image is lost with its worker first, and cannot be sent at the second attempt. */
    private JobId failed() throws Exception {
        KojiCompose koji = running();
        RunningJob<?, ?> x86 = site.take(KOJI_X86_64, "builder-3.example.com");
        var unused = site.take(KOJI_AARCH64, "builder-7.example.com");
        pass(60);
        assertThat(queue.heartbeat(List.of(x86.token()))).containsExactly(TokenAnswer.CONTINUE);
        pass(65);
        assertThat(queue.expire(10)).containsExactly(koji.builds().get(1));
        site.report(x86, Site.BUILT);
        RunningJob<?, ?> second = site.take(KOJI_AARCH64, "builder-8.example.com");
        pass(65);
        String full =
                "{\"id\":28,\"reason\":\"the storage of the hub is full: 12 MiB are free, the image has 812 MiB\","
                        + "\"details\":{\"call\":\"uploadFile\",\"free\":12582912}}";
        String sent = "{\"id\":26,\"reason\":\"the image was not brought to koji\",\"details\":[" + full + "]}";
        site.report(second, "{\"job_error\":" + sent + "}");
        site.report(
                site.take(JobTypes.KOJI_FINALIZE, "builder-1.example.com"),
                "{\"job_error\":{\"id\":13,\"reason\":\"at least one image was not built\"}}");
        return koji.finalizeJob();
    }

    // ---- live

    @Test
    void aRunningComposeMovesOnBeforeTheReadersEyes() throws Exception {
        KojiCompose koji = running();
        open(koji.finalizeJob());
        browser.run("window.sameDocument = true;");
        assertThat(browser.text("#job-" + koji.builds().get(0) + " .state")).isEqualTo("ready");

        RunningJob<?, ?> job = site.take(KOJI_X86_64, "builder-3.example.com");
        var unused = job.report(RawJson.of("{\"message\":\"pipeline os\",\"done\":3,\"total\":8}"));
        await().untilAsserted(() -> {
            assertThat(browser.text("#job-" + koji.builds().get(0) + " .state")).isEqualTo("running");
            assertThat(browser.text("#job-" + koji.builds().get(0) + " .progress"))
                    .contains("3 of 8", "pipeline os");
            assertThat(browser.text("#news")).contains("osbuild-koji x86_64 is now running");
        });
        site.report(job, "{\"job_error\":{\"id\":10,\"reason\":\"no space left\"}}");
        await().untilAsserted(() -> {
            assertThat(browser.text("#why")).contains("osbuild-koji x86_64: no space left");
            assertThat(browser.text("#job-" + koji.builds().get(0) + " .attempts"))
                    .contains("builder-3.example.com", "failed");
        });
        site.run(KOJI_AARCH64, Site.BUILT);
        site.run(JobTypes.KOJI_FINALIZE, "{}");
        await().untilAsserted(() -> assertThat(browser.text(".summary .state")).isEqualTo("failed"));
        assertThat(browser.run("return window.sameDocument;")).isEqualTo(true);
        browser.assertQuiet();
    }

    @Test
    void theListTakesNewComposesAndKeepsTheFocus() throws Exception {
        JobId first = site.plain(MINE);
        open("");
        browser.run("window.sameDocument = true; document.getElementById('c-" + first + "').focus();");
        JobId second = site.plain(MINE);
        await().untilAsserted(() -> assertThat(browser.driver.findElements(By.cssSelector(".list tbody tr")))
                .hasSize(2));
        assertThat(browser.driver.findElement(By.id("c-" + second)).isDisplayed())
                .isTrue();
        assertThat(browser.focus()).isEqualTo("#c-" + first);
        assertThat(browser.run("return window.sameDocument;")).isEqualTo(true);
        browser.assertQuiet();
    }

    @Test
    void itRestsWhilePausedOrHiddenAndCatchesUp() throws Exception {
        JobId id = site.plain(MINE);
        open(id);
        browser.driver.findElement(By.id("live-button")).click();
        assertThat(browser.text("#live-text")).isEqualTo("Paused");
        browser.run(
                "window.asked = 0; const real = window.fetch; window.fetch = (...all) => { window.asked++; return real(...all); };");
        RunningJob<?, ?> job = site.take(X86_64, "builder-3.example.com");
        browser.driver.findElement(By.id("live-button")).click();
        await().untilAsserted(
                        () -> assertThat(browser.text("#job-" + id + " .state")).isEqualTo("running"));
        await().untilAsserted(() -> assertThat(browser.text("#live-text")).isEqualTo("Live"));

        browser.run("window.hiddenNow = true; Object.defineProperty(document, 'hidden', {get: () => window.hiddenNow});"
                + "document.dispatchEvent(new Event('visibilitychange'));");
        await().untilAsserted(() -> assertThat(browser.text("#live-text")).isEqualTo("Waiting"));
        Object asked = browser.run("return window.asked;");
        site.report(job, Site.BUILT);
        assertThat(browser.run("return window.asked;")).isEqualTo(asked);
        browser.run("window.hiddenNow = false; document.dispatchEvent(new Event('visibilitychange'));");
        await().untilAsserted(
                        () -> assertThat(browser.text("#job-" + id + " .state")).isEqualTo("succeeded"));
        browser.assertQuiet();
    }

    @Test
    void aComposeThatIsDeletedIsSaidToBeGone() throws Exception {
        JobId id = site.plain(MINE);
        site.run(X86_64, Site.BUILT);
        open(id);
        assertThat(queue.delete(id)).isEqualTo(1);
        await().untilAsserted(() -> assertThat(browser.text("#live-text")).isEqualTo("Gone"));
    }

    @Test
    void withoutScriptEverythingIsThere() throws Exception {
        JobId failed = failed();
        browser.script(false);
        open("");
        browser.driver.findElement(By.id("find")).sendKeys(failed + "\n");
        await().untilAsserted(() -> assertThat(browser.text("h1")).isEqualTo("fedora-server-42-1"));
        assertThat(browser.text("#live-text")).isEqualTo("Reload for news");
        assertThat(browser.text("#job-" + failed + " .error")).contains("the storage of the hub is full");
        assertThat(browser.text("#job-" + failed + " time")).endsWith("UTC");
        browser.assertQuiet();
    }

    // ---- screens

    @Test
    void noPageScrollsSidewaysAndAllTextHasContrast() throws Exception {
        JobId failed = failed();
        JobId running = running().finalizeJob();
        String[] images = new String[98];
        Arrays.fill(images, "x86_64");
        JobId large = site.koji(MINE, "fedora", images).finalizeJob();
        JobId wide = site.koji(MINE, "W".repeat(500) + " " + "\u6f22".repeat(300), "x86_64")
                .finalizeJob();
        for (String path : List.of(
                "",
                "/composes/" + failed,
                "/composes/" + running,
                "/composes/" + large,
                "/composes/" + wide,
                "/composes/none")) {
            for (String colors : List.of("light", "dark")) {
                for (int width : List.of(360, Browser.PHONE, 768, 1024, Browser.DESKTOP)) {
                    browser.look(width, colors);
                    open(path);
                    browser.assertNoSidewaysScroll();
                }
                browser.assertContrast();
            }
        }
    }

    @Test
    void everythingIsReachedByKeyboardAndTheFocusIsSeen() throws Exception {
        KojiCompose koji = running();
        open("");
        List<String> reached = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            browser.driver.switchTo().activeElement().sendKeys(Keys.TAB);
            reached.add(browser.focus());
            assertThat(browser.run("return getComputedStyle(document.activeElement).outlineStyle;"))
                    .as("the focus on %s", browser.focus())
                    .isNotEqualTo("none");
        }
        assertThat(reached).containsExactly("a", "a", "#find", "button", "#live-button", "#c-" + koji.finalizeJob());
        browser.driver.switchTo().activeElement().sendKeys(Keys.ENTER);
        await().untilAsserted(() -> assertThat(browser.text("h1")).isEqualTo("fedora-server-42-1"));

        String box = ".graph.wide a[href='#job-" + koji.finalizeJob() + "']";
        for (int i = 0;
                i < 40 && !Boolean.TRUE.equals(browser.run("return document.activeElement.matches(\"" + box + "\");"));
                i++) {
            browser.driver.switchTo().activeElement().sendKeys(Keys.TAB);
        }
        assertThat(browser.run("return document.activeElement.matches(\"" + box + "\");"))
                .isEqualTo(true);
        assertThat(browser.run("return getComputedStyle(document.activeElement.querySelector('rect')).strokeWidth;"))
                .isEqualTo("3px");
        browser.driver.switchTo().activeElement().sendKeys(Keys.ENTER);
        await().untilAsserted(() -> assertThat(browser.focus()).isEqualTo("#job-" + koji.finalizeJob()));
        browser.assertQuiet();
    }

    // ---- pictures

    @Test
    void pictures() throws Exception {
        Path directory = Path.of(System.getProperty("composer.pictures"));
        pass(12 * 60);
        for (int i = 0; i < 6; i++) {
            site.plain(MINE);
            pass(25);
            site.run(X86_64, i == 2 ? "{\"job_error\":{\"id\":19,\"reason\":\"the manifest is empty\"}}" : Site.BUILT);
            pass(30);
        }
        queue.cancel(site.plain(MINE), "not needed any more");
        JobId failed = failed();
        assertThat(running().builds()).hasSize(2);
        for (JobType<?, ?> type : List.of(KOJI_X86_64, KOJI_AARCH64)) {
            RunningJob<?, ?> job = site.take(type, "builder-3.example.com");
            pass(55);
            site.report(job, Site.BUILT);
        }
        site.report(site.take(JobTypes.KOJI_FINALIZE, "builder-1.example.com"), "{}");
        KojiCompose running = running();
        RunningJob<?, ?> job = site.take(KOJI_X86_64, "builder-3.example.com");
        pass(20);
        site.plain(MINE);
        site.plain(MINE);
        pass(40);
        var unused = site.take(X86_64, "builder-7.example.com");
        assertThat(job.report(RawJson.of("{\"message\":\"pipeline os: org.osbuild.rpm\",\"done\":3,\"total\":8}")))
                .isEqualTo(TokenAnswer.CONTINUE);

        for (int width : List.of(Browser.PHONE, Browser.DESKTOP)) {
            String screen = width == Browser.PHONE ? "phone" : "desktop";
            for (String colors : List.of("light", "dark")) {
                browser.look(width, colors);
                String name = colors.equals("light") ? screen : screen + "-dark";
                picture("", directory.resolve("list-" + name + ".png"), false);
                picture("/composes/" + running.finalizeJob(), directory.resolve("running-" + name + ".png"), false);
                if (colors.equals("light")) {
                    picture("/composes/" + failed, directory.resolve("failed-" + name + ".png"), true);
                }
            }
        }
        browser.assertQuiet();
    }

    private void picture(String path, Path file, boolean whole) throws Exception {
        open(path);
        await().untilAsserted(() -> assertThat(browser.text("#live-text")).isEqualTo("Live"));
        browser.picture(file, whole);
    }
}
