package dev.jobqueue;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between the packages of the API, and that nothing here knows a backend. */
@AnalyzeClasses(packages = "dev.jobqueue", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule apiNeedsFewLibraries = classes()
            .that()
            .resideOutsideOfPackage("dev.jobqueue.worker.metrics")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "dev.jobqueue",
                    "dev.jobqueue.spi",
                    "dev.jobqueue.internal",
                    "dev.jobqueue.worker..",
                    "tools.jackson..",
                    "org.slf4j..",
                    "org.jspecify..",
                    "com.google.errorprone.annotations..",
                    "com.github.f4b6a3.uuid..");

    @ArchTest
    static final ArchRule spiDoesNotKnowTheQueueOverIt = noClasses()
            .that()
            .resideInAPackage("dev.jobqueue.spi")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.jobqueue.internal");

    @ArchTest
    static final ArchRule onlyTheFactoryKnowsTheImplementation = noClasses()
            .that()
            .resideInAPackage("dev.jobqueue")
            .and()
            .doNotHaveFullyQualifiedName("dev.jobqueue.JobQueue")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.jobqueue.internal");

    @ArchTest
    static final ArchRule workersUseWhatEveryCallerCanUse = noClasses()
            .that()
            .resideInAPackage("dev.jobqueue.worker..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.jobqueue.spi..", "dev.jobqueue.internal..");

    @ArchTest
    static final ArchRule theQueueDoesNotKnowTheWorkers = noClasses()
            .that()
            .resideOutsideOfPackage("dev.jobqueue.worker..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.jobqueue.worker..");

    @ArchTest
    static final ArchRule noFieldIsPublicAndChangeable =
            fields().that().arePublic().should().beFinal();
}
