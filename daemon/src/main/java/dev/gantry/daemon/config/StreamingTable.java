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
import org.jspecify.annotations.Nullable;

/** The {@code [streaming]} table, checked. */
final class StreamingTable {
  // Literal addresses only: a name would be looked up at each start.
  private static final Pattern ADDRESS =
      Pattern.compile("(?:([0-9.]+)|\\[([0-9a-fA-F:.]+)]):(\\d{1,5})");
  private static final int LARGEST_PORT = 65535;

  private StreamingTable() {}

  static StreamingSettings read(ConfigValues values) throws ConfigException {
    boolean tls = values.flag(ConfigKeys.STREAMING_TLS);
    Path certificate = file(values, ConfigKeys.STREAMING_CERT);
    Path key = file(values, ConfigKeys.STREAMING_KEY);
    if ((certificate == null) != (key == null)) {
      ConfigKey given = certificate == null ? ConfigKeys.STREAMING_KEY : ConfigKeys.STREAMING_CERT;
      throw values.bad(given.name(), "streaming.tls_cert and streaming.tls_key go together");
    }
    if (!tls && certificate != null) {
      throw values.bad(
          ConfigKeys.STREAMING_CERT.name(),
          "streaming.tls_cert is set, but streaming.tls is false");
    }
    InetSocketAddress address = address(values);
    try {
      return new StreamingSettings(
          address,
          !tls ? Tls.OFF : certificate == null ? Tls.SELF_SIGNED : Tls.CONFIGURED,
          certificate,
          key,
          StreamingSettings.URL_LIFETIME,
          timeout(values, ConfigKeys.STREAMING_CREATION),
          timeout(values, ConfigKeys.STREAMING_IDLE));
    } catch (IllegalArgumentException e) {
      throw values.bad(
          ConfigKeys.STREAMING_ADDRESS.name(),
          values.text(ConfigKeys.STREAMING_ADDRESS) + " is not loopback: set streaming.tls = true",
          e);
    }
  }

  private static @Nullable Path file(ConfigValues values, ConfigKey key) throws ConfigException {
    return values.optionalPath(key.name(), key);
  }

  private static Duration timeout(ConfigValues values, ConfigKey key) throws ConfigException {
    Duration timeout = values.duration(key);
    if (timeout.isZero()) {
      throw values.bad(key.name(), "a timeout of 0 would end every stream at once");
    }
    return timeout;
  }

  private static InetSocketAddress address(ConfigValues values) throws ConfigException {
    String text = values.string(ConfigKeys.STREAMING_ADDRESS);
    Matcher matcher = ADDRESS.matcher(text);
    if (matcher.matches() && Integer.parseInt(matcher.group(3)) <= LARGEST_PORT) {
      String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
      try {
        return new InetSocketAddress(
            InetAddress.getByName(host), Integer.parseInt(matcher.group(3)));
      } catch (UnknownHostException e) {
        throw values.bad(ConfigKeys.STREAMING_ADDRESS.name(), text + ": " + e.getMessage(), e);
      }
    }
    throw values.bad(
        ConfigKeys.STREAMING_ADDRESS.name(),
        text + " is no address and port such as 127.0.0.1:0 or [::1]:0");
  }
}
