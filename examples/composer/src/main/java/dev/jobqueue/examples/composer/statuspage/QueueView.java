package dev.jobqueue.examples.composer.statuspage;

import dev.jobqueue.JobState;
import dev.jobqueue.TypeChannel;
import dev.jobqueue.examples.composer.statuspage.QueueSamples.Depth;
import dev.jobqueue.examples.composer.statuspage.QueueSamples.Oldest;
import dev.jobqueue.examples.composer.statuspage.QueueSamples.Sample;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The queue of one channel as the page shows it.
 *
 * @param types those that had unfinished jobs in the time of the samples
 */
record QueueView(String channel, List<Line> types, long intervalSeconds, long minutes) {
    /**
     * One type of jobs.
     *
     * @param waiting jobs that wait for others or for their time
     * @param oldest the ready job that was enqueued first, if there is one
     */
    record Line(
            String type,
            long waiting,
            long ready,
            long running,
            @Nullable Waiter oldest,
            Sparkline depth,
            Sparkline waits,
            String longest) {}

    /** A job that waits for a worker. */
    record Waiter(String id, Moment since) {}

    static QueueView of(List<Sample> samples, String channel) {
        List<TypeChannel> pairs = samples.stream()
                .flatMap(sample -> sample.depths().keySet().stream())
                .filter(pair -> pair.channel().equals(channel))
                .distinct()
                .sorted(Comparator.comparing(pair -> pair.type().toString()))
                .toList();
        return new QueueView(
                channel,
                pairs.stream().map(pair -> line(pair, samples)).toList(),
                QueueSamples.INTERVAL.toSeconds(),
                QueueSamples.INTERVAL.multipliedBy(QueueSamples.KEPT).toMinutes());
    }

    private static Line line(TypeChannel pair, List<Sample> samples) {
        Depth now = samples.get(samples.size() - 1).depth(pair);
        Sparkline waits = sparkline(samples, sample -> waitSeconds(sample, pair));
        return new Line(
                pair.type().toString(),
                now.count(JobState.BLOCKED) + now.count(JobState.SCHEDULED),
                now.count(JobState.READY),
                now.count(JobState.RUNNING),
                now.oldest().map(QueueView::waiter).orElse(null),
                sparkline(samples, sample -> sample.depth(pair).count(JobState.READY)),
                waits,
                Moment.words(Duration.ofSeconds(waits.most())));
    }

    private static Waiter waiter(Oldest oldest) {
        return new Waiter(oldest.id().toString(), Moment.of(oldest.since()));
    }

    private static long waitSeconds(Sample sample, TypeChannel pair) {
        Optional<Oldest> oldest = sample.depth(pair).oldest();
        return oldest.map(job ->
                        Math.max(0, Duration.between(job.since(), sample.at()).toSeconds()))
                .orElse(0L);
    }

    private static Sparkline sparkline(List<Sample> samples, ToLongFunction<Sample> value) {
        return Sparkline.of(samples.stream().mapToLong(value).toArray(), QueueSamples.KEPT);
    }
}
