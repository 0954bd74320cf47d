package dev.jobqueue.examples.benchmark.postgres;

/** What is in the tables, or goes on beside, while the same things are measured. */
enum Condition {
    PLAIN("nothing else in the tables"),
    HISTORY("finished jobs in the tables"),
    RARE("ready jobs of another type before those that are measured"),
    SNAPSHOT("an old snapshot held open, so that no vacuum removes a dead row");

    private final String text;

    Condition(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }
}
