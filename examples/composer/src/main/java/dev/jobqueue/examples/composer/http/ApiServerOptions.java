package dev.jobqueue.examples.composer.http;

/**
 * How an API is served.
 *
 * @param address where it listens, by default on the loopback
 * @param basePath what every path begins with, without a slash at the end
 * @param maxBodyBytes the largest JSON body
 * @param access who may call
 * @param meter hears of each answer
 */
public record ApiServerOptions(
        ListenAddress address, String basePath, int maxBodyBytes, Access access, RequestMeter meter) {
    /** On this port of the loopback, 0 for any that is free, for anybody there; bodies have at most 17 MiB, which is the largest result and something around it. */
    public static ApiServerOptions loopback(int port, String basePath) {
        return new ApiServerOptions(
                new ListenAddress.Port("127.0.0.1", port), basePath, 17 << 20, new Access.Open(), RequestMeter.NONE);
    }

    /** Listening elsewhere. */
    public ApiServerOptions address(ListenAddress newAddress) {
        return new ApiServerOptions(newAddress, basePath, maxBodyBytes, access, meter);
    }

    /** Another base path. */
    public ApiServerOptions basePath(String newBasePath) {
        return new ApiServerOptions(address, newBasePath, maxBodyBytes, access, meter);
    }

    /** Another limit for bodies. */
    public ApiServerOptions maxBodyBytes(int newMaxBodyBytes) {
        return new ApiServerOptions(address, basePath, newMaxBodyBytes, access, meter);
    }

    /** For others. */
    public ApiServerOptions access(Access newAccess) {
        return new ApiServerOptions(address, basePath, maxBodyBytes, newAccess, meter);
    }

    /** Heard of elsewhere. */
    public ApiServerOptions meter(RequestMeter newMeter) {
        return new ApiServerOptions(address, basePath, maxBodyBytes, access, newMeter);
    }
}
