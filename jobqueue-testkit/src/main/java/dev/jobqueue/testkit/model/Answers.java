package dev.jobqueue.testkit.model;

import dev.jobqueue.JobId;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.Answer.Reason;
import dev.jobqueue.spi.Changes;
import dev.jobqueue.spi.Claimed;
import dev.jobqueue.spi.Receipt;
import java.util.Comparator;
import java.util.List;

/** When two answers are the same: all is compared but what the SPI leaves to the store. */
final class Answers {
    private Answers() {}

    static boolean same(Object expected, Object actual) {
        if (expected instanceof Claimed reference && actual instanceof Claimed claimed) {
            // It may say "more" where there is none.
            return claimed.jobs().equals(reference.jobs())
                    && (claimed.more() || !reference.more())
                    && claimed.nextDue().equals(reference.nextDue());
        }
        return withoutTexts(expected).equals(withoutTexts(actual));
    }

    /** The texts of refusals are the store's, but for INVALID. */
    private static Object withoutTexts(Object answer) {
        if (answer instanceof Receipt<?> receipt) {
            return List.of(receipt.items().stream().map(Answers::withoutTexts).toList(), inOrder(receipt.changes()));
        }
        if (answer instanceof Answer.Refused<?> refused && refused.reason() != Reason.INVALID) {
            return new Answer.Refused<>(refused.reason(), refused.id(), refused.state(), "");
        }
        return answer;
    }

    /** The order of those that ended is the store's; that each is named once is not. */
    private static Changes inOrder(Changes changes) {
        return new Changes(
                changes.ready(),
                changes.scheduled(),
                changes.ended().stream()
                        .sorted(Comparator.comparing(JobId::value))
                        .toList(),
                changes.anything());
    }
}
