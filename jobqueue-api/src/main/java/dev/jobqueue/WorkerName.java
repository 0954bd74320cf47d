package dev.jobqueue;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Names this process for people who read the attempts of a job. */
final class WorkerName {
    private WorkerName() {}

    static String ofThisProcess() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            host = "localhost";
        }
        String name = ProcessHandle.current().pid() + "@" + host;
        return name.length() > Names.MAX_LENGTH ? name.substring(0, Names.MAX_LENGTH) : name;
    }
}
