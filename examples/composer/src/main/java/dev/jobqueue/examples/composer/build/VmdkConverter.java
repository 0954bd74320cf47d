package dev.jobqueue.examples.composer.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Converts a VMDK to the kind that can be read as a stream, with qemu-img. Thread-safe. */
public final class VmdkConverter {
    private final Optional<Path> qemuImg;

    /** @param qemuImg the program, if there is one */
    public VmdkConverter(Optional<Path> qemuImg) {
        this.qemuImg = qemuImg;
    }

    /** With the program of this machine. */
    public static VmdkConverter here() {
        return new VmdkConverter(Programs.find("qemu-img"));
    }

    /** Whether there is a program to convert with. */
    public boolean available() {
        return qemuImg.isPresent();
    }

    /**
     * Converts an image.
     *
     * @param directory an empty one, for the new file
     * @throws IOException if there is no program, or it fails: the file may be no VMDK
     */
    public Path convert(Path image, Path directory) throws IOException, InterruptedException {
        String program = qemuImg.orElseThrow(() -> new IOException("there is no qemu-img"))
                .toString();
        Path converted = directory.resolve("stream.vmdk");
        List<String> command = List.of(
                program,
                "convert",
                "-f",
                "vmdk",
                "-O",
                "vmdk",
                "-o",
                "subformat=streamOptimized",
                image.toString(),
                converted.toString());
        Path nothing = Files.createTempFile(directory, "input", ".tmp");
        Subprocess.Ended ended = Subprocess.run(command, nothing, directory);
        if (ended.exitCode() != 0) {
            throw new IOException("qemu-img ended with exit code " + ended.exitCode() + ": " + ended.said());
        }
        return converted;
    }
}
