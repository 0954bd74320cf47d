package dev.jobqueue.examples.composer.koji;

/** The name by which a hub knows a build: no two builds have the same. */
public record BuildName(String name, String version, String release) {
    @Override
    public String toString() {
        return name + "-" + version + "-" + release;
    }
}
