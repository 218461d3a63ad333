package dev.gantry.image.registry;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which loopback registries turned out to speak TLS. */
final class SchemeMemory {
  private static final int MOST = 256;

  private final Set<String> secure = ConcurrentHashMap.newKeySet();

  RegistryHost apply(RegistryHost host) {
    return host.eitherScheme() && secure.contains(host.authority())
        ? host.withScheme("https")
        : host;
  }

  void remember(RegistryHost host) {
    if (secure.size() < MOST) {
      secure.add(host.authority());
    }
  }
}
