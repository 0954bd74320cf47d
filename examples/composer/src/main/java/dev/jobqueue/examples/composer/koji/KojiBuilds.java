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
     * Begins a build. One that a former attempt has begun is given up: its token is lost with that attempt. The call of a dead worker may be on its way for long, and reach the
     * hub after it was asked: so it is asked again when it refuses.
     *
     * @param repeated whether an attempt before may have begun it
     */
    public Reserved begin(BuildName name, boolean repeated) throws KojiException {
        boolean mayBeOurs = repeated;
        if (mayBeOurs) {
            var unused = giveUp(name);
        }
        for (int call = 1; ; call++) {
            try {
                return hub.begin(name);
            } catch (KojiException.Unknown e) {
                if (call == MOST_CALLS) {
                    throw e;
                }
                LOG.info("The begin of {} has no reply, it is looked for", name, e);
                mayBeOurs = true;
                var unused = giveUp(name);
            } catch (KojiException.Refused e) {
                if (call == MOST_CALLS || !mayBeOurs || !giveUp(name)) {
                    throw e;
                }
                LOG.info("A former begin of {} has reached the hub just now", name, e);
            }
        }
    }

    /** Cancels the build of this name that goes on, if there is one. */
    private boolean giveUp(BuildName name) throws KojiException {
        Optional<HubBuild> there = hub.build(name);
        if (there.isEmpty() || there.get().state() != BuildState.BUILDING) {
            return false;
        }
        hub.cancel(there.get().id());
        return true;
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
