package dev.jobqueue.examples.composer.http;

/**
 * Where an API listens.
 *
 * @param host the address, by default the loopback
 * @param port 0 for any that is free
 * @param basePath what every path begins with, without a slash at the end
 * @param maxBodyBytes the largest JSON body
 */
public record ApiServerOptions(String host, int port, String basePath, int maxBodyBytes) {
    /** On this port of the loopback; bodies have at most 17 MiB, which is the largest result and something around it. */
    public static ApiServerOptions loopback(int port, String basePath) {
        return new ApiServerOptions("127.0.0.1", port, basePath, 17 << 20);
    }

    /** Another base path. */
    public ApiServerOptions basePath(String newBasePath) {
        return new ApiServerOptions(host, port, newBasePath, maxBodyBytes);
    }

    /** Another limit for bodies. */
    public ApiServerOptions maxBodyBytes(int newMaxBodyBytes) {
        return new ApiServerOptions(host, port, basePath, newMaxBodyBytes);
    }
}
