package dev.jobqueue.testkit.broken;

import dev.jobqueue.testkit.contract.Rules;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The rule that a store breaks: a test of it must fail, and tests of other rules must not, but for those listed beside it. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@interface Breaks {
    Rules value();

    /** Rules that fall with it. */
    Rules[] also() default {};

    /** The method of the test that has to catch it; empty for any test of the rule. */
    String by() default "";
}
