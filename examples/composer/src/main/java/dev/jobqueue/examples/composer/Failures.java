package dev.jobqueue.examples.composer;

import dev.jobqueue.JobQueueException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** What the program says when it cannot do its work: one line. Only what nobody has foreseen comes with its stack. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    /** The exit code of each. */
    static final int EXIT_CODE = 2;

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        return tell(command, e.getMessage() + "; " + command.getCommandSpec().qualifiedName() + " --help tells more");
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) throws Exception {
        if (e instanceof NoSuchFileException) {
            return tell(command, "there is no " + e.getMessage());
        }
        if (e instanceof AccessDeniedException) {
            return tell(command, "the user of this program has no right to use " + e.getMessage());
        }
        if (e instanceof IOException || e instanceof IllegalArgumentException || e instanceof JobQueueException) {
            return tell(command, String.valueOf(e.getMessage()));
        }
        throw e;
    }

    private static int tell(CommandLine command, String what) {
        command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + what);
        return EXIT_CODE;
    }
}
