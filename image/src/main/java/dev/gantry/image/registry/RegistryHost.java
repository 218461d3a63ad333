package dev.gantry.image.registry;

import dev.gantry.image.http.Tls;
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
 * @param repository what the image's repository is called there, empty when it has its own name
 * @param headers sent with every request to this host and to no other
 * @param namespace the registry's name when this host stands in for it, sent as {@code ns}; else
 *     empty
 * @param mirror whether it stands in for the registry, so that it must not see what is meant for
 *     the registry alone
 */
public record RegistryHost(
    URI base,
    String repository,
    Set<Capability> capabilities,
    Tls tls,
    Map<String, List<String>> headers,
    String namespace,
    boolean mirror,
    Schemes schemes,
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

  /** How sure the scheme of {@link #base} is. */
  public enum Schemes {
    /** It was configured, or is HTTPS as for every host that nobody configured. */
    FIXED,
    /** A loopback registry: plain HTTP at first, TLS where that is not understood. */
    PLAIN_THEN_TLS,
    /** {@code insecure = true}: TLS with whatever certificate at first, then plain HTTP. */
    TLS_THEN_PLAIN
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
        "",
        EnumSet.allOf(Capability.class),
        Tls.SYSTEM,
        Map.of(),
        "",
        false,
        loopback ? Schemes.PLAIN_THEN_TLS : Schemes.FIXED,
        CONNECT_TIMEOUT);
  }

  /** Host and port, as it stands in the URL. */
  public String authority() {
    return base.getAuthority();
  }

  RegistryHost withCapabilities(Set<Capability> capabilities) {
    return new RegistryHost(
        base, repository, capabilities, tls, headers, namespace, mirror, schemes, connectTimeout);
  }

  RegistryHost withTls(Tls tls) {
    return new RegistryHost(
        base, repository, capabilities, tls, headers, namespace, mirror, schemes, connectTimeout);
  }

  /** The same as what registries.conf makes of it: a repository's name, and maybe a mirror. */
  RegistryHost standingIn(String repository, boolean mirror) {
    return new RegistryHost(
        base,
        repository,
        capabilities,
        tls,
        headers,
        namespace,
        this.mirror || mirror,
        schemes,
        connectTimeout);
  }

  /** Where anything goes: certificates are not verified, and plain HTTP is tried at last. */
  RegistryHost insecure() {
    return new RegistryHost(
        URI.create("https" + base.toString().substring(base.getScheme().length())),
        repository,
        capabilities,
        new Tls(tls.authorities(), tls.clients(), true),
        headers,
        namespace,
        mirror,
        Schemes.TLS_THEN_PLAIN,
        connectTimeout);
  }

  RegistryHost withScheme(String scheme) {
    return new RegistryHost(
        URI.create(scheme + base.toString().substring(base.getScheme().length())),
        repository,
        capabilities,
        tls,
        headers,
        namespace,
        mirror,
        Schemes.FIXED,
        connectTimeout);
  }

  /** Whether what is secret may go there: by TLS, or without leaving this machine. */
  boolean confidential() {
    return base.getScheme().equals("https") || isLoopback(authority());
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
