package dev.jobqueue.testkit.conformance;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the store in its {@link ConformanceReport}, on a subclass of the contract or of the model suite. Classes with the same name share a report.
 *
 * <p>Without it, the name is that of the class without {@code ContractTest}, {@code ConformanceTest}, {@code ModelProperties} or the like, in lower case.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface StoreName {
    /** Also the name of its files: letters, digits, blanks, {@code -} and {@code _}. */
    String value();
}
