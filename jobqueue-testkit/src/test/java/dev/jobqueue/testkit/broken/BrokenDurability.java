package dev.jobqueue.testkit.broken;

import dev.jobqueue.Enqueued;
import dev.jobqueue.JobQueueException;
import dev.jobqueue.spi.Answer;
import dev.jobqueue.spi.JobStore;
import dev.jobqueue.spi.NewJob;
import dev.jobqueue.spi.Receipt;
import dev.jobqueue.testkit.DelegatingJobStore;
import dev.jobqueue.testkit.contract.Rules;
import java.util.ArrayList;
import java.util.List;

/** Stores that lose something when they are closed, killed or interrupted. */
final class BrokenDurability {
    private BrokenDurability() {}

    /** Leaves calls of this name out of what it reads. */
    private static List<Journal.Entry> without(List<Journal.Entry> entries, String name) {
        return entries.stream().filter(e -> !e.name().equals(name)).toList();
    }

    /** DUR-1: what was shown of a job's progress is gone after a restart. */
    @Breaks(Rules.DUR_1)
    static final class ForgetsProgress extends JournaledJobStore {
        ForgetsProgress(Journal journal, Journal.Clock clock) {
            super(journal, clock, entries -> without(entries, "report"), true);
        }
    }

    /** DUR-1: the last call before a restart is lost. */
    @Breaks(
            value = Rules.DUR_1,
            also = {
                Rules.CAN_1,
                Rules.DEQ_1,
                Rules.DEQ_13,
                Rules.DUR_5,
                Rules.QRY_3,
                Rules.FIN_10,
                Rules.FIN_8,
                Rules.RET_2,
                Rules.HB_5,
                Rules.DEP_1,
                Rules.DEP_3,
                Rules.FIN_9,
                Rules.RET_1,
                Rules.ENQ_1
            })
    static final class LosesTheLastCall extends JournaledJobStore {
        LosesTheLastCall(Journal journal, Journal.Clock clock) {
            super(journal, clock, entries -> entries.subList(0, Math.max(0, entries.size() - 1)), true);
        }
    }

    /** CAN-1: a canceled job is ready again after a restart (F1). */
    @Breaks(
            value = Rules.CAN_1,
            also = {Rules.DUR_1, Rules.ENQ_1})
    static final class ForgetsCancels extends JournaledJobStore {
        ForgetsCancels(Journal journal, Journal.Clock clock) {
            super(journal, clock, entries -> without(entries, "cancel"), true);
        }
    }

    /** FIN-6: a job that was failed before it ran is ready again after a restart (F4). */
    @Breaks(value = Rules.FIN_6, by = "canceledJobStaysCanceled")
    static final class ForgetsPendingFinishes extends JournaledJobStore {
        ForgetsPendingFinishes(Journal journal, Journal.Clock clock) {
            super(journal, clock, entries -> without(entries, "finishPending"), true);
        }
    }

    /** DEQ-1: the order of jobs is another one after a restart (F3). */
    @Breaks(
            value = Rules.DEQ_1,
            also = {Rules.DEQ_13, Rules.DUR_1, Rules.ENQ_1, Rules.HB_5})
    static final class AnotherOrder extends JournaledJobStore {
        AnotherOrder(Journal journal, Journal.Clock clock) {
            super(journal, clock, AnotherOrder::swap, true);
        }

        /** Swaps neighbours. */
        private static List<Journal.Entry> swap(List<Journal.Entry> entries) {
            List<Journal.Entry> swapped = new ArrayList<>(entries);
            for (int i = 1; i < 4 && i < swapped.size(); i += 2) {
                Journal.Entry first = swapped.get(i - 1);
                Journal.Entry second = swapped.get(i);
                if (first.name().equals("insert") && second.name().equals("insert")) {
                    swapped.set(i - 1, second);
                    swapped.set(i, first);
                }
            }
            return swapped;
        }
    }

    /** QRY-3: a pause ends with the process. */
    @Breaks(value = Rules.QRY_3, also = Rules.DUR_1)
    static final class ForgetsPauses extends JournaledJobStore {
        ForgetsPauses(Journal journal, Journal.Clock clock) {
            super(journal, clock, entries -> without(entries, "pause"), true);
        }
    }

    /** HB-5: the time while the store was closed counts as silence. */
    @Breaks(value = Rules.HB_5, also = Rules.DUR_5)
    static final class NoGrace extends JournaledJobStore {
        NoGrace(Journal journal, Journal.Clock clock) {
            super(journal, clock, false);
        }
    }

    /** DUR-4: may be opened twice. */
    @Breaks(Rules.DUR_4)
    static final class OpensTwice extends JournaledJobStore implements BrokenFixture.Unlocked {
        OpensTwice(Journal journal, Journal.Clock clock) {
            super(journal, clock);
        }
    }

    /** DUR-5: goes on after close. */
    @Breaks(Rules.DUR_5)
    static final class NeverCloses extends DelegatingJobStore {
        NeverCloses(JobStore store) {
            super(store);
        }

        @Override
        public void close() {}
    }

    /** DUR-6: a thread that is interrupted cannot write. */
    @Breaks(value = Rules.DUR_6, by = "interruptHasNoEffect")
    static final class RefusesInterruptedThreads extends DelegatingJobStore {
        RefusesInterruptedThreads(JobStore store) {
            super(store);
        }

        @Override
        public Receipt<Answer<List<Enqueued>>> insert(List<List<NewJob>> graphs) {
            if (Thread.currentThread().isInterrupted()) {
                throw new JobQueueException.StoreUnavailable("channel closed by interrupt", null);
            }
            return super.insert(graphs);
        }
    }
}
