package dev.jobqueue.examples.composer.statuspage;

import dev.jobqueue.ErrorClass;
import dev.jobqueue.JobError;
import dev.jobqueue.LibraryError;
import dev.jobqueue.RawJson;
import dev.jobqueue.examples.composer.jobs.ImageError;
import dev.jobqueue.examples.composer.jobs.ReportedError;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An error as the page shows it, with the errors that it comes from.
 *
 * @param name in words; empty if the number is not known here
 * @param client whether it is for those who asked, not for those who run the service
 * @param details JSON, empty for none
 * @param more whether some causes are left out
 */
record ErrorView(
        int number, String name, boolean client, String reason, String details, List<ErrorView> causes, boolean more) {
    private static final int MOST_CAUSES = 20;
    private static final int MOST_LEVELS = 10;
    private static final int MOST_TEXT = 4_000;

    ErrorView {
        causes = List.copyOf(causes);
    }

    /** Down to the causes, of a hostile or endless chain no more than fits a page. */
    static ErrorView of(ReportedError error) {
        return of(error, MOST_LEVELS);
    }

    private static ErrorView of(ReportedError error, int levels) {
        List<ReportedError> causes = error.causes();
        List<ErrorView> shown = levels == 0
                ? List.of()
                : causes.stream()
                        .limit(MOST_CAUSES)
                        .map(cause -> of(cause, levels - 1))
                        .toList();
        return new ErrorView(
                error.id(),
                ImageError.of(error.id()).map(ErrorView::words).orElse(""),
                error.errorClass() == ErrorClass.CLIENT,
                shortened(error.reason()),
                causes.isEmpty() ? text(error.details()) : "",
                shown,
                shown.size() < causes.size());
    }

    /** What the queue noted about an attempt. */
    static ErrorView of(JobError error) {
        String name = error.code() < 0
                ? Arrays.stream(LibraryError.values())
                        .filter(known -> known.code() == error.code())
                        .findFirst()
                        .map(ErrorView::words)
                        .orElse("")
                : ImageError.of(error.code()).map(ErrorView::words).orElse("");
        return new ErrorView(
                error.code(),
                name,
                error.errorClass() == ErrorClass.CLIENT,
                shortened(error.reason()),
                "",
                List.of(),
                false);
    }

    /** Where the chain ends: what has to be mended. */
    public ErrorView root() {
        ErrorView error = this;
        while (!error.causes.isEmpty()) {
            error = error.causes.get(0);
        }
        return error;
    }

    private static String words(Enum<?> error) {
        return error.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String text(Optional<RawJson> details) {
        return details.filter(json -> !json.isNull())
                .map(json -> shortened(json.toString()))
                .orElse("");
    }

    static String shortened(String text) {
        return text.length() <= MOST_TEXT ? text : text.substring(0, MOST_TEXT) + "\u2026";
    }
}
