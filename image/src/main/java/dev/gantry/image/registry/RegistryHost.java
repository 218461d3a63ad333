package dev.gantry.image.registry;

import java.net.URI;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * One place to ask for the images of a registry: a mirror or the registry itself.
 *
 * @param base scheme, authority and path up to and including {@code /v2} (or what override_path
 *     says), without a slash at the end
 * @param namespace the registry's name when this host stands in for it, sent as {@code ns}; else
 *     empty
 * @param headers sent with every request to this host and to no other
 * @param eitherScheme the scheme is a guess (a loopback registry nobody configured): TLS is tried
 *     where plain HTTP is not understood
 */
public record RegistryHost(
    URI base,
    Set<Capability> capabilities,
    Tls tls,
    Map<String, List<String>> headers,
    String namespace,
    boolean eitherScheme,
    Duration connectTimeout) {
  /** What a host may be asked for. */
  public enum Capability {
    /** Manifests and blobs by digest. */
    PULL,
    /** Tags. A host without it cannot be trusted to say what a tag is. */
    RESOLVE,
    /** Uploads. */
    PUSH
  }

  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  public RegistryHost {
    capabilities = Set.copyOf(capabilities);
    headers = Map.copyOf(headers);
  }

  /** The registry itself, as it is reached when nothing is configured. */
  static RegistryHost direct(String name) {
    String host = name.equals("docker.io") ? "registry-1.docker.io" : name;
    boolean loopback = isLoopback(host);
    return new RegistryHost(
        URI.create((loopback ? "http://" : "https://") + host + "/v2"),
        EnumSet.allOf(Capability.class),
        Tls.SYSTEM,
        Map.of(),
        "",
        loopback,
        CONNECT_TIMEOUT);
  }

  /** Host and port, as it stands in the URL. */
  public String authority() {
    return base.getAuthority();
  }

  RegistryHost withCapabilities(Set<Capability> capabilities) {
    return new RegistryHost(
        base, capabilities, tls, headers, namespace, eitherScheme, connectTimeout);
  }

  RegistryHost withScheme(String scheme) {
    return new RegistryHost(
        URI.create(scheme + base.toString().substring(base.getScheme().length())),
        capabilities,
        tls,
        headers,
        namespace,
        false,
        connectTimeout);
  }

  /** Whether the authority names this machine, judged by the name alone. */
  static boolean isLoopback(String authority) {
    String host = authority.toLowerCase(Locale.ROOT);
    if (host.startsWith("[")) {
      return host.startsWith("[::1]");
    }
    int colon = host.indexOf(':');
    host = colon < 0 ? host : host.substring(0, colon);
    return host.equals("localhost")
        || host.endsWith(".localhost")
        || host.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }
}
