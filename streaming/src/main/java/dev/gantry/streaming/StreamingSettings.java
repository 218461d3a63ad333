package dev.gantry.streaming;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the streaming server serves.
 *
 * @param address where it listens; port 0 for any that is free
 * @param tls who vouches for it
 * @param certificate PEM file of the certificate and those above it; null unless {@link
 *     Tls#CONFIGURED}
 * @param key PEM file of the certificate's private key, PKCS#8; null unless {@link Tls#CONFIGURED}
 * @param urlLifetime how long a URL may wait for its client
 * @param creationTimeout how long a client may take to open its streams
 * @param idleTimeout after which a connection ends on which nothing moved
 */
public record StreamingSettings(
    InetSocketAddress address,
    Tls tls,
    @Nullable Path certificate,
    @Nullable Path key,
    Duration urlLifetime,
    Duration creationTimeout,
    Duration idleTimeout) {
  /** What the kubelet's own servers have. */
  public static final Duration URL_LIFETIME = Duration.ofMinutes(1);

  public static final Duration CREATION_TIMEOUT = Duration.ofSeconds(30);
  public static final Duration IDLE_TIMEOUT = Duration.ofHours(4);

  /** Whether the connections are encrypted. */
  public enum Tls {
    /** Plain; on loopback only. */
    OFF,
    /** With a certificate of our own making, new with each start. */
    SELF_SIGNED,
    /** With the certificate of the files, which are read again when they change. */
    CONFIGURED
  }

  public StreamingSettings {
    if (tls == Tls.OFF && !address.getAddress().isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "streaming on " + address + " without TLS: that is for loopback addresses only");
    }
    if (tls == Tls.CONFIGURED && (certificate == null || key == null)) {
      throw new IllegalArgumentException("TLS needs both a certificate and a key");
    }
  }

  /** Plain, on a free port of loopback. */
  public static StreamingSettings loopback() {
    return new StreamingSettings(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        Tls.OFF,
        null,
        null,
        URL_LIFETIME,
        CREATION_TIMEOUT,
        IDLE_TIMEOUT);
  }
}
