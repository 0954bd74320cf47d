package dev.jobqueue.examples.composer.jobs;

import dev.jobqueue.RawJson;
import java.util.List;
import java.util.Map;

/**
 * Which packages to choose.
 *
 * @param packageSets by name
 * @param repos where they come from, each as the solver wants it
 */
public record DepsolveArgs(
        Map<String, PackageSet> packageSets,
        List<RawJson> repos,
        String modulePlatformId,
        String arch,
        String releasever) {
    public DepsolveArgs {
        packageSets = DepsolveResult.orEmpty(packageSets);
        repos = ComposerJson.orEmpty(repos);
        modulePlatformId = ComposerJson.orEmpty(modulePlatformId);
        arch = ComposerJson.orEmpty(arch);
        releasever = ComposerJson.orEmpty(releasever);
    }

    /** Names of packages to have and not to have. */
    public record PackageSet(List<String> include, List<String> exclude) {
        public PackageSet {
            include = ComposerJson.orEmpty(include);
            exclude = ComposerJson.orEmpty(exclude);
        }
    }
}
