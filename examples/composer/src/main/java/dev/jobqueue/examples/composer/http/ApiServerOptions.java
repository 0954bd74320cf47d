package dev.jobqueue.examples.composer.http;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * How an API is served.
 *
 * @param address where it listens, by default on the loopback
 * @param basePath what every path begins with, without a slash at the end
 * @param maxBodyBytes the largest JSON body
 * @param access who may call
 * @param tls the keys, if the connections have TLS; required of a listener that other machines can reach
 * @param limits what clients may ask
 * @param meter hears of each answer
 */
public record ApiServerOptions(
        ListenAddress address,
        String basePath,
        int maxBodyBytes,
        Access access,
        Optional<Tls> tls,
        HttpLimits limits,
        RequestMeter meter) {
    public ApiServerOptions {
        requireNonNull(address, "address");
        requireNonNull(basePath, "basePath");
        requireNonNull(access, "access");
        requireNonNull(tls, "tls");
        requireNonNull(limits, "limits");
        requireNonNull(meter, "meter");
    }

    /** On this port of the loopback, 0 for any that is free, for anybody there; bodies have at most 17 MiB, which is the largest result and something around it. */
    public static ApiServerOptions loopback(int port, String basePath) {
        return new ApiServerOptions(
                new ListenAddress.Port("127.0.0.1", port),
                basePath,
                17 << 20,
                new Access.Open(),
                Optional.empty(),
                HttpLimits.DEFAULT,
                RequestMeter.NONE);
    }

    /** Listening elsewhere. */
    public ApiServerOptions address(ListenAddress newAddress) {
        return new ApiServerOptions(newAddress, basePath, maxBodyBytes, access, tls, limits, meter);
    }

    /** Another base path. */
    public ApiServerOptions basePath(String newBasePath) {
        return new ApiServerOptions(address, newBasePath, maxBodyBytes, access, tls, limits, meter);
    }

    /** Another limit for bodies. */
    public ApiServerOptions maxBodyBytes(int newMaxBodyBytes) {
        return new ApiServerOptions(address, basePath, newMaxBodyBytes, access, tls, limits, meter);
    }

    /** For others. */
    public ApiServerOptions access(Access newAccess) {
        return new ApiServerOptions(address, basePath, maxBodyBytes, newAccess, tls, limits, meter);
    }

    /** With TLS. */
    public ApiServerOptions tls(Tls newTls) {
        return new ApiServerOptions(address, basePath, maxBodyBytes, access, Optional.of(newTls), limits, meter);
    }

    /** With other limits. */
    public ApiServerOptions limits(HttpLimits newLimits) {
        return new ApiServerOptions(address, basePath, maxBodyBytes, access, tls, newLimits, meter);
    }

    /** Heard of elsewhere. */
    public ApiServerOptions meter(RequestMeter newMeter) {
        return new ApiServerOptions(address, basePath, maxBodyBytes, access, tls, limits, newMeter);
    }

    /**
     * Refuses what would let in those who should stay out.
     *
     * @throws IllegalArgumentException with a way out
     */
    void requireSafe() {
        boolean remote = address instanceof ListenAddress.Port port && !port.isLoopback();
        if (remote && access instanceof Access.Open) {
            throw new IllegalArgumentException(address + " can be reached from other machines, and anybody could call:"
                    + " let in certificates or tokens only, or listen on the loopback or a socket");
        }
        if (remote && tls.isEmpty()) {
            throw new IllegalArgumentException(address + " can be reached from other machines, so it needs TLS:"
                    + " give it a certificate with its key, or listen on the loopback behind a proxy");
        }
        if (access instanceof Access.Certificates && tls.flatMap(Tls::clients).isEmpty()) {
            throw new IllegalArgumentException("certificates of clients are checked with TLS, against authorities:"
                    + " give a certificate with its key, and the authorities");
        }
        if (tls.isPresent() && address instanceof ListenAddress.Socket) {
            throw new IllegalArgumentException(address + " has no TLS: only this user can open it");
        }
    }
}
