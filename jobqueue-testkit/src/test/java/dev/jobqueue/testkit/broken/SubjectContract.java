package dev.jobqueue.testkit.broken;

import dev.jobqueue.testkit.contract.JobQueueContract;
import dev.jobqueue.testkit.contract.StoreFixture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** The contract for the store whose class is named by a configuration parameter; run by {@link ContractRun} only. */
@ExtendWith(SubjectContract.Store.class)
class SubjectContract extends JobQueueContract {
    /** The name of the parameter. */
    static final String STORE = "jobqueue.testkit.store";

    private final Class<?> store;

    SubjectContract(Class<?> store) {
        this.store = store;
    }

    @Override
    protected StoreFixture newFixture() {
        return new BrokenFixture(store);
    }

    static final class Store implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Class.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            String name = context.getConfigurationParameter(STORE).orElseThrow();
            try {
                return Class.forName(name);
            } catch (ClassNotFoundException e) {
                throw new IllegalArgumentException("no class " + name, e);
            }
        }
    }
}
