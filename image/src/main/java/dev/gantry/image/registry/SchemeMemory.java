package dev.gantry.image.registry;

import dev.gantry.image.registry.RegistryHost.Schemes;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which of two schemes a host turned out to speak, where both are allowed. */
final class SchemeMemory {
  private static final int MOST = 256;

  private final Map<String, String> known = new ConcurrentHashMap<>();

  RegistryHost apply(RegistryHost host) {
    String scheme = known.get(key(host));
    return host.schemes() != Schemes.FIXED && scheme != null ? host.withScheme(scheme) : host;
  }

  /** The same host by the scheme that was not tried first. */
  static RegistryHost other(RegistryHost host) {
    return host.withScheme(host.schemes() == Schemes.PLAIN_THEN_TLS ? "https" : "http");
  }

  void remember(RegistryHost host, String scheme) {
    if (known.size() < MOST) {
      known.put(key(host), scheme);
    }
  }

  /** What was true of a host is asked again when it does not answer any more. */
  void forget(RegistryHost host) {
    known.remove(key(host));
  }

  private static String key(RegistryHost host) {
    return host.schemes() + " " + host.authority();
  }
}
