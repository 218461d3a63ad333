package dev.gantry.daemon.config;

import dev.gantry.streaming.StreamingSettings;
import dev.gantry.streaming.StreamingSettings.Tls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code [streaming]} table, checked. */
final class StreamingTable {
  // Literal addresses only: a name would be looked up at each start.
  private static final Pattern ADDRESS =
      Pattern.compile("(?:([0-9.]+)|\\[([0-9a-fA-F:.]+)]):(\\d{1,5})");
  private static final int LARGEST_PORT = 65535;

  private StreamingTable() {}

  static StreamingSettings read(
      String address, boolean tls, String certificate, String key, Duration creation, Duration idle)
      throws ConfigException {
    if (certificate.isEmpty() != key.isEmpty()) {
      throw new ConfigException("streaming.tls_cert and streaming.tls_key go together");
    }
    if (!tls && !certificate.isEmpty()) {
      throw new ConfigException("streaming.tls_cert is set, but streaming.tls is false");
    }
    if (creation.isZero() || idle.isZero()) {
      throw new ConfigException("streaming: a timeout of 0 would end every stream at once");
    }
    boolean own = certificate.isEmpty();
    try {
      return new StreamingSettings(
          address(address),
          !tls ? Tls.OFF : own ? Tls.SELF_SIGNED : Tls.CONFIGURED,
          own ? null : file("streaming.tls_cert", certificate),
          own ? null : file("streaming.tls_key", key),
          StreamingSettings.URL_LIFETIME,
          creation,
          idle);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          "streaming.address: " + address + " is not loopback: set streaming.tls = true", e);
    }
  }

  private static Path file(String key, String value) throws ConfigException {
    Path file = Path.of(value);
    if (!file.isAbsolute()) {
      throw new ConfigException(key + ": " + value + " is no absolute path");
    }
    return file;
  }

  private static InetSocketAddress address(String text) throws ConfigException {
    Matcher matcher = ADDRESS.matcher(text);
    if (matcher.matches() && Integer.parseInt(matcher.group(3)) <= LARGEST_PORT) {
      String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
      try {
        return new InetSocketAddress(
            InetAddress.getByName(host), Integer.parseInt(matcher.group(3)));
      } catch (UnknownHostException e) {
        throw new ConfigException("streaming.address: " + text + ": " + e.getMessage(), e);
      }
    }
    throw new ConfigException(
        "streaming.address: " + text + " is no address and port such as 127.0.0.1:0 or [::1]:0");
  }
}
