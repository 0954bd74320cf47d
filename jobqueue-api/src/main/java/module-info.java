/** The job queue: what services call, what backends implement. */
module dev.jobqueue {
    requires static transitive com.google.errorprone.annotations;
    requires static transitive org.jspecify;
    requires transitive tools.jackson.databind;
    requires com.github.f4b6a3.uuid;
    requires org.slf4j;
    requires static micrometer.core;

    exports dev.jobqueue;
    exports dev.jobqueue.spi;
    exports dev.jobqueue.worker;
    exports dev.jobqueue.worker.metrics;
}
