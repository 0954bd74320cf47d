package dev.jobqueue.testkit.model;

import java.util.List;

/** A random program: operations to run one after the other. Made by the suite; its text says what they do. */
public final class Program {
    private final List<Operation> operations;

    Program(List<Operation> operations) {
        this.operations = List.copyOf(operations);
    }

    List<Operation> operations() {
        return operations;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("program of " + operations.size() + " operations");
        for (int i = 0; i < operations.size(); i++) {
            text.append("\n  ").append(i + 1).append(". ").append(operations.get(i));
        }
        return text.toString();
    }
}
