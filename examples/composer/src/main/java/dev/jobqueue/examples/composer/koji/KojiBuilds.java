package dev.jobqueue.examples.composer.koji;

import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins and ends builds such that each step may be repeated: after a lost reply, and by another worker when the one before has died. Ask first, then do only
 * what is missing. Thread-safe.
 */
public final class KojiBuilds {
    private static final Logger LOG = LoggerFactory.getLogger(KojiBuilds.class);

    /** How often a call without a reply is made. */
    private static final int MOST_CALLS = 3;

    private final KojiHub hub;

    public KojiBuilds(KojiHub hub) {
        this.hub = hub;
    }

    /**
     * Begins a build. One that a former attempt has begun is given up: its token is lost with that attempt.
     *
     * @param repeated whether an attempt before may have begun it
     */
    public Reserved begin(BuildName name, boolean repeated) throws KojiException {
        boolean mayBeOurs = repeated;
        for (int call = 1; ; call++) {
            if (mayBeOurs) {
                giveUp(name);
            }
            try {
                return hub.begin(name);
            } catch (KojiException.Unknown e) {
                if (call == MOST_CALLS) {
                    throw e;
                }
                LOG.info("The begin of {} has no reply, it is looked for", name, e);
                mayBeOurs = true;
            }
        }
    }

    private void giveUp(BuildName name) throws KojiException {
        Optional<HubBuild> there = hub.build(name);
        if (there.isPresent() && there.get().state() == BuildState.BUILDING) {
            hub.cancel(there.get().id());
        }
    }

    /** Imports a build that is not imported yet. */
    public void complete(Reserved build, Map<String, Object> metadata, String directory) throws KojiException {
        end(build, BuildState.COMPLETE, () -> hub.complete(build, metadata, directory));
    }

    /** Marks a build as failed that has not ended yet. */
    public void fail(Reserved build) throws KojiException {
        end(build, BuildState.FAILED, () -> hub.fail(build));
    }

    private interface End {
        void call() throws KojiException;
    }

    private void end(Reserved build, BuildState wanted, End end) throws KojiException {
        for (int call = 1; ; call++) {
            BuildState state = hub.build(build.buildId())
                    .map(HubBuild::state)
                    .orElseThrow(() -> new KojiException.WrongState("the hub has no build " + build.buildId()));
            if (state == wanted) {
                return;
            }
            if (state != BuildState.BUILDING) {
                throw new KojiException.WrongState("build " + build.buildId() + " is " + state + ", not " + wanted);
            }
            try {
                end.call();
                return;
            } catch (KojiException.Unknown e) {
                if (call == MOST_CALLS) {
                    throw e;
                }
                LOG.info("The end of build {} has no reply, its state is asked for", build.buildId(), e);
            }
        }
    }
}
