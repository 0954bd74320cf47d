/** A durable job queue in a directory. */
module dev.jobqueue.fs {
    requires transitive dev.jobqueue;
    requires transitive org.jspecify;
    requires com.github.benmanes.caffeine;
    requires static com.google.errorprone.annotations;
    requires tools.jackson.core;
    requires tools.jackson.databind;
    requires org.slf4j;
    requires static info.picocli;

    exports dev.jobqueue.fs;

    opens dev.jobqueue.fs to
            info.picocli;
}
