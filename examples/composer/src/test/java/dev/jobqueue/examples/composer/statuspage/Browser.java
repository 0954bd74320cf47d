package dev.jobqueue.examples.composer.statuspage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Debian's Chromium without a window, and what a person can see and do in it. */
final class Browser implements AutoCloseable {
    static final int PHONE = 390;
    static final int DESKTOP = 1440;

    final ChromeDriver driver;

    /** With an empty profile in this directory. */
    Browser(Path profile) {
        ChromeOptions options = new ChromeOptions();
        options.setBinary("/usr/bin/chromium");
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--user-data-dir=" + profile);
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(new File("/usr/bin/chromedriver"))
                .usingAnyFreePort()
                .build();
        driver = new ChromeDriver(service, options);
        driver.manage().timeouts().pageLoadTimeout(Duration.ofMinutes(1));
        look(DESKTOP, "light");
    }

    /** Looks with a screen of this width, and with light or dark colors. */
    void look(int width, String colors) {
        var size = driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height(width), "deviceScaleFactor", 1, "mobile", width < 600));
        var media = driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colors))));
        assertThat(List.of(size, media)).hasSize(2);
    }

    private static int height(int width) {
        return width < 600 ? 844 : 900;
    }

    void script(boolean on) {
        var unused = driver.executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", !on));
    }

    Object run(String script) {
        return driver.executeScript(script);
    }

    String text(String selector) {
        try {
            return driver.findElement(By.cssSelector(selector)).getText();
        } catch (StaleElementReferenceException e) {
            // The script has just put a new one into its place.
            return driver.findElement(By.cssSelector(selector)).getText();
        }
    }

    /** What the focus is on. */
    String focus() {
        return (String) run("const e = document.activeElement; return e.id ? '#' + e.id : e.localName;");
    }

    /** Fails if anything can be reached by scrolling sideways only, but for what scrolls by itself. */
    void assertNoSidewaysScroll() {
        assertThat((Boolean) run("return document.documentElement.scrollWidth <= window.innerWidth;"))
                .as("%s fits its width: %s", driver.getCurrentUrl(), run("return window.innerWidth;"))
                .isTrue();
    }

    /** Fails if the browser had something to say, such as an error of a script or something that the policy forbids. */
    void assertQuiet() {
        assertThat(driver.manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
    }

    /** Fails if a text has less contrast than WCAG 2 wants at level AA. */
    @SuppressWarnings("unchecked")
    void assertContrast() {
        List<String> weak = (List<String>) run("""
                const rgb = c => (c.match(/[\\d.]+/g) || []).map(Number);
                const light = c => c.slice(0, 3).map(v => v / 255)
                    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
                    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
                const ground = e => {
                  for (; e; e = e.parentElement) {
                    const c = rgb(getComputedStyle(e).backgroundColor);
                    if (c.length === 3 || c[3] === 1) return c;
                  }
                  return [255, 255, 255];
                };
                const weak = [];
                for (const e of document.querySelectorAll("body *:not(svg *):not(script)")) {
                  const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
                  if (!own || !e.checkVisibility()) continue;
                  const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
                  const contrast = (a + .05) / (b + .05);
                  if (contrast < 4.5) weak.push(e.className + " '" + e.textContent.trim().slice(0, 30) + "' " + contrast.toFixed(2));
                }
                return weak;
                """);
        assertThat(weak).isEmpty();
    }

    /** Writes what is on the screen, or the whole page. */
    void picture(Path file, boolean whole) throws IOException {
        Map<String, Object> picture = driver.executeCdpCommand(
                "Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", whole));
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode((String) picture.get("data")));
    }

    @Override
    public void close() {
        driver.quit();
    }
}
