package dev.gantry.image.registry;

import dev.gantry.image.RegistryException;
import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.http.HttpAnswer;
import dev.gantry.image.http.RequestBody;
import dev.gantry.image.registry.HostCall.Failure;
import dev.gantry.image.registry.HostCall.Success;
import dev.gantry.image.registry.RegistryHost.Capability;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One repository as one caller may see it: tries the mirrors and then the registry, and those that
 * may recover again after a while. Thread-safe.
 */
public final class RegistrySession {
  private final HostCall calls;
  private final HostHealth health;
  private final RetryPolicy retry;
  private final List<RegistryHost> hosts;
  private volatile String servedBy = "";

  /**
   * Hosts that broke off in mid-body, by base URL without scheme; the others are asked before them.
   */
  private final Map<String, Integer> demoted = new ConcurrentHashMap<>();

  /** Hosts that sent bytes of a blob, by base URL. */
  private final Map<Digest, Set<String>> senders = new ConcurrentHashMap<>();

  RegistrySession(HostCall calls, HostHealth health, RetryPolicy retry, List<RegistryHost> hosts) {
    this.calls = calls;
    this.health = health;
    this.retry = retry;
    this.hosts = List.copyOf(hosts);
  }

  /**
   * An answer with status 2xx.
   *
   * @param host base URL of the host that was asked
   */
  record Answered(HttpAnswer answer, String host) {}

  /**
   * What is asked.
   *
   * @param target below the repository, as in {@code manifests/latest}, or what a Location header
   *     said
   */
  record Call(
      String method,
      String target,
      Map<String, List<String>> headers,
      @Nullable RequestBody body) {}

  /**
   * Asks each host that may answer {@code capability} until one does. When none does and the last
   * in the configured order, which is the registry itself, may recover, those that may are asked
   * again after a pause.
   *
   * @param path below the repository, as in {@code manifests/latest}
   * @throws RegistryException with what each host said
   */
  Answered get(Capability capability, String path, Map<String, List<String>> headers)
      throws IOException {
    var call = new Call("GET", path, headers, null);
    List<RegistryHost> able = able(capability);
    if (able.isEmpty()) {
      throw incapable(capability);
    }
    RegistryHost itself = last(capability);
    var failures = new LinkedHashMap<RegistryHost, Failure>();
    Duration waited = Duration.ZERO;
    List<RegistryHost> round = able;
    for (int n = 1; ; n++) {
      for (RegistryHost host : round) {
        switch (calls.attempt(host, call)) {
          case Success s -> {
            servedBy = s.base();
            return new Answered(s.answer(), servedBy);
          }
          case Failure f -> failures.put(host, f);
        }
      }
      round = able.stream().filter(h -> mayRecover(failures, h)).toList();
      if (n >= retry.tries() || !round.contains(itself)) {
        throw failed(able, itself, failures);
      }
      Duration wait = wait(n, round, failures);
      waited = waited.plus(wait);
      if (waited.compareTo(retry.patience()) > 0) {
        throw failed(able, itself, failures);
      }
      RetryPolicy.pause(wait);
    }
  }

  /** Waits before another try, longer after more failures in a row, at least one. */
  public void pause(int failures) throws InterruptedIOException {
    RetryPolicy.pause(retry.backoff(failures));
  }

  /** Base address of the host that answered last, empty before one did. */
  public String servedBy() {
    return servedBy;
  }

  /**
   * Sends a request of an upload to the first host that takes uploads, and to no other. A body is
   * opened anew for each time it is sent.
   *
   * @param target below the repository, as in {@code blobs/uploads/}, or what a Location header
   *     said
   * @return an answer with status 2xx
   * @throws RegistryException with what the host said else
   */
  public HttpAnswer push(
      String method, String target, Map<String, List<String>> headers, @Nullable RequestBody body)
      throws IOException {
    List<RegistryHost> able =
        hosts.stream().filter(h -> h.capabilities().contains(Capability.PUSH)).toList();
    if (able.isEmpty()) {
      throw incapable(Capability.PUSH);
    }
    RegistryHost host = able.getFirst();
    return switch (calls.attempt(host, new Call(method, target, headers, body))) {
      case Success s -> s.answer();
      case Failure f -> throw failed(List.of(host), host, Map.of(host, f));
    };
  }

  /**
   * Says that a host broke off, stalled, or sent something else than was asked for: the session's
   * next requests go to the others first, where there are any.
   *
   * @param host base URL, as {@link BlobRange#host()} says
   */
  public void demote(String host) {
    demoted.merge(withoutScheme(host), 1, Integer::sum);
  }

  /** This host sends bytes of that blob. */
  void sends(Digest blob, String host) {
    senders.computeIfAbsent(blob, b -> ConcurrentHashMap.newKeySet()).add(host);
  }

  /**
   * Says that what came of a blob was not that blob, so that the session's next requests go to
   * those hosts first that sent nothing of it.
   *
   * @return base URLs of those that did
   */
  public Set<String> distrust(Digest blob) {
    Set<String> liars = senders.remove(blob);
    if (liars == null) {
      return Set.of();
    }
    liars.forEach(this::demote);
    return Set.copyOf(liars);
  }

  /** A host whose scheme was found out is the one that was configured. */
  private static String withoutScheme(String base) {
    return base.substring(base.indexOf("://") + 1);
  }

  /** How many hosts may be asked for blobs. */
  public int hosts() {
    return able(Capability.PULL).size();
  }

  RetryPolicy retry() {
    return retry;
  }

  /** In the configured order, those with known trouble last; the sort is stable. */
  private List<RegistryHost> able(Capability capability) {
    return hosts.stream()
        .filter(h -> h.capabilities().contains(capability))
        .sorted(
            Comparator.<RegistryHost>comparingInt(
                    h -> demoted.getOrDefault(withoutScheme(h.base().toString()), 0))
                .thenComparing(health::avoided))
        .toList();
  }

  private RegistryHost last(Capability capability) {
    return hosts.stream()
        .filter(h -> h.capabilities().contains(capability))
        .reduce((a, b) -> b)
        .orElseThrow();
  }

  private static boolean mayRecover(Map<RegistryHost, Failure> failures, RegistryHost host) {
    Failure failure = failures.get(host);
    return failure != null && failure.mayRecover();
  }

  /** What the most patient host asks for, when each asks for time; else our own back-off. */
  private Duration wait(int n, List<RegistryHost> round, Map<RegistryHost, Failure> failures) {
    Duration least = null;
    for (RegistryHost host : round) {
      Failure failure = failures.get(host);
      Duration asked = failure == null ? null : failure.retryAfter().orElse(null);
      if (asked == null) {
        return retry.backoff(n);
      }
      least = least == null || asked.compareTo(least) < 0 ? asked : least;
    }
    Duration own = retry.backoff(n);
    return least == null || least.compareTo(own) < 0 ? own : least;
  }

  /** The registry itself knows best what kind of failure it is; the others are told of too. */
  private static RegistryException failed(
      List<RegistryHost> order, RegistryHost itself, Map<RegistryHost, Failure> failures) {
    var attempts = new ArrayList<Attempt>();
    for (RegistryHost host : order) {
      Failure failure = failures.get(host);
      if (failure != null) {
        attempts.add(failure.attempt());
      }
    }
    Failure own = failures.get(itself);
    return new RegistryException(
        own == null ? Kind.UNREACHABLE : own.kind(), attempts, own == null ? null : own.cause());
  }

  private RegistryException incapable(Capability capability) {
    String all = hosts.stream().map(RegistryHost::authority).toList().toString();
    return new RegistryException(
        Kind.CONFIGURATION,
        List.of(
            new Attempt(
                all, 0, "their configuration gives none of them the capability " + capability)),
        null);
  }
}
