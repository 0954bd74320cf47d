package dev.jobqueue.worker;

/** Drives a {@link WorkerCore} in one thread: one job at a time, its end acknowledged before the next is taken. */
final class InlineRun {
    private final WorkerCore core;
    private final Listeners listeners;

    InlineRun(Settings settings, Listeners listeners) {
        this.listeners = listeners;
        core = new WorkerCore(settings, listeners, () -> {});
    }

    int untilIdle() throws InterruptedException {
        int count = 0;
        while (true) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            Call<?> claim = core.take(Lane.CLAIM);
            if (claim != null) {
                runOrThrow(claim);
            }
            Run<?, ?> run = core.start();
            if (run != null) {
                count++;
                core.returned(run, HandlerCall.run(run, listeners));
            }
            boolean sent = false;
            for (Call<?> call = core.take(Lane.FINISH); call != null; call = core.take(Lane.FINISH)) {
                runOrThrow(call);
                sent = true;
            }
            if (run == null && !sent) {
                return count;
            }
        }
    }

    private static <T> void runOrThrow(Call<T> call) throws InterruptedException {
        T answer;
        try {
            answer = call.send();
        } catch (RuntimeException e) {
            call.failed(e);
            throw e;
        }
        call.answered(answer);
    }
}
