package dev.gantry.image.registry;

import dev.gantry.image.Credentials;
import dev.gantry.image.RegistryException;
import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.registry.RegistryHost.Capability;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One repository as one caller may see it: tries the mirrors and then the registry, answers
 * challenges, follows redirects. Thread-safe.
 */
public final class RegistrySession {
  private final Transport transport;
  private final Authorizer authorizer;
  private final SchemeMemory schemes;
  private final RetryPolicy retry;
  private final List<RegistryHost> hosts;
  private final String repository;
  private final String actions;
  private final Credentials credentials;
  private volatile String servedBy = "";

  /** Hosts that broke off in mid-body, by base URL; the others are asked before them. */
  private final Map<String, Integer> demoted = new ConcurrentHashMap<>();

  RegistrySession(
      Transport transport,
      Authorizer authorizer,
      SchemeMemory schemes,
      RetryPolicy retry,
      List<RegistryHost> hosts,
      String repository,
      String actions,
      Credentials credentials) {
    this.transport = transport;
    this.authorizer = authorizer;
    this.schemes = schemes;
    this.retry = retry;
    this.hosts = List.copyOf(hosts);
    this.repository = repository;
    this.actions = actions;
    this.credentials = credentials;
  }

  /**
   * Asks each host that may answer {@code capability} until one does.
   *
   * @param path below the repository, as in {@code manifests/latest}
   * @throws RegistryException with what each host said
   */
  HttpAnswer get(Capability capability, String path, Map<String, List<String>> headers)
      throws IOException {
    var failures = new ArrayList<Failure>();
    var call = new Call("GET", path, headers, null);
    List<RegistryHost> able = able(capability);
    for (int i = 0; i < able.size(); i++) {
      boolean last = i == able.size() - 1;
      // A mirror that fails has a successor; only the last host is worth waiting for.
      int tries = last ? retry.tries() : 1;
      for (int n = 1; n <= tries; n++) {
        Outcome outcome = attempt(able.get(i), call);
        if (outcome instanceof Success s) {
          servedBy = able.get(i).base().toString();
          return s.answer();
        }
        var failure = (Failure) outcome;
        if (n == tries || !failure.worthRetrying()) {
          failures.add(failure);
          break;
        }
        retry.pause(n, failure.retryAfterSeconds());
      }
    }
    throw failed(failures, capability);
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
    List<RegistryHost> able = able(Capability.PUSH);
    if (able.isEmpty()) {
      throw failed(List.of(), Capability.PUSH);
    }
    switch (attempt(able.getFirst(), new Call(method, target, headers, body))) {
      case Success s -> {
        return s.answer();
      }
      case Failure f -> throw failed(List.of(f), Capability.PUSH);
    }
  }

  private record Call(
      String method,
      String target,
      Map<String, List<String>> headers,
      @Nullable RequestBody body) {}

  /** Sorted so that hosts which broke off come last; the sort is stable. */
  private List<RegistryHost> able(Capability capability) {
    return hosts.stream()
        .filter(h -> h.capabilities().contains(capability))
        .sorted(Comparator.comparingInt(h -> demoted.getOrDefault(h.base().toString(), 0)))
        .toList();
  }

  void demote(String host) {
    demoted.merge(host, 1, Integer::sum);
  }

  RetryPolicy retry() {
    return retry;
  }

  private sealed interface Outcome permits Success, Failure {}

  private record Success(HttpAnswer answer) implements Outcome {}

  private record Failure(
      Attempt attempt, Kind kind, long retryAfterSeconds, @Nullable Throwable cause)
      implements Outcome {
    Failure and(Failure other) {
      String both = attempt.message() + "; by TLS: " + other.attempt().message();
      return new Failure(
          new Attempt(attempt.host(), attempt.status(), both), kind, retryAfterSeconds, cause);
    }

    boolean worthRetrying() {
      return kind == Kind.UNREACHABLE || kind == Kind.UNAVAILABLE;
    }
  }

  private RegistryException failed(List<Failure> failures, Capability capability) {
    if (failures.isEmpty()) {
      String all = hosts.stream().map(RegistryHost::authority).toList().toString();
      return new RegistryException(
          Kind.NOT_FOUND,
          List.of(
              new Attempt(all, 0, "hosts.toml gives none of them the capability " + capability)),
          null);
    }
    Failure last = failures.getLast();
    return new RegistryException(
        last.kind(), failures.stream().map(Failure::attempt).toList(), last.cause());
  }

  private Outcome attempt(RegistryHost configured, Call call) throws IOException {
    RegistryHost host = schemes.apply(configured);
    Outcome outcome = attemptOnce(host, call);
    // Go and nginx answer 400 to plain HTTP on a TLS port; others just hang up.
    if (!host.eitherScheme()
        || !(outcome instanceof Failure plain)
        || (plain.attempt().status() != 400 && plain.attempt().status() != 0)) {
      return outcome;
    }
    RegistryHost secure = host.withScheme("https");
    Outcome second = attemptOnce(secure, call);
    if (second instanceof Failure tls && tls.attempt().status() == 0) {
      return tls.cause() instanceof ConnectException ? plain : plain.and(tls);
    }
    schemes.remember(secure);
    return second;
  }

  private Outcome attemptOnce(RegistryHost host, Call call) throws IOException {
    try {
      HttpAnswer answer = authorized(host, call);
      if (answer.status() / 100 == 2) {
        return new Success(answer.askedAt(host.base().toString()));
      }
      return refused(host, answer);
    } catch (InterruptedIOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      return unreachable(host, e);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      return unreachable(host, e);
    }
  }

  private static Failure unreachable(RegistryHost host, IOException e) {
    Kind kind = e instanceof TokenRefused ? Kind.UNAUTHORIZED : Kind.UNREACHABLE;
    return new Failure(
        new Attempt(host.base().toString(), 0, NetworkFailure.describe(e)), kind, -1, e);
  }

  private Failure refused(RegistryHost host, HttpAnswer answer) {
    try (answer) {
      int status = answer.status();
      String text = ErrorBody.describe(answer);
      Kind kind =
          switch (status) {
            case 401, 403 -> Kind.UNAUTHORIZED;
            case 404 -> Kind.NOT_FOUND;
            case 408, 429 -> Kind.UNAVAILABLE;
            default -> status >= 500 ? Kind.UNAVAILABLE : Kind.BAD_ANSWER;
          };
      if (kind == Kind.UNAUTHORIZED) {
        text +=
            credentials.forHost(host.authority()).isEmpty()
                ? " (no credentials for " + host.authority() + " in the request)"
                : " (with the " + credentials + " in the request)";
      }
      return new Failure(
          new Attempt(host.base().toString(), status, text),
          kind,
          RetryPolicy.retryAfter(answer.header("Retry-After")),
          null);
    }
  }

  private HttpAnswer authorized(RegistryHost host, Call call) throws IOException {
    var key =
        new Authorizer.Key(
            host.base().toString(), repository, actions, credentials.forHost(host.authority()));
    Transport.Request request = request(host, call);
    String header = authorizer.known(key);
    HttpAnswer answer =
        Redirects.follow(
            transport, host, header == null ? request : request.with("Authorization", header));
    if (answer.status() != 401) {
      return answer;
    }
    List<Challenge> challenges = Challenge.parse(answer.headers("WWW-Authenticate"));
    String second;
    try {
      second = authorizer.answer(host, key, challenges);
    } catch (IOException e) {
      answer.close();
      throw new TokenRefused(e);
    }
    if (second == null || second.equals(header)) {
      return answer;
    }
    Transport.discard(answer);
    return Redirects.follow(transport, host, request.with("Authorization", second));
  }

  /** The token server said no or was not reached. */
  private static final class TokenRefused extends IOException {
    private static final long serialVersionUID = 1;

    TokenRefused(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private Transport.Request request(RegistryHost host, Call call) {
    var all = new LinkedHashMap<>(host.headers());
    all.putAll(call.headers());
    String query =
        host.namespace().isEmpty()
            ? ""
            : "ns=" + URLEncoder.encode(host.namespace(), StandardCharsets.UTF_8);
    return new Transport.Request(
        call.method(),
        uri(host, call.target(), query),
        all,
        host.tls(),
        host.connectTimeout(),
        call.body());
  }

  private URI uri(RegistryHost host, String target, String query) {
    if (target.startsWith("/") || target.contains("://")) {
      return host.base().resolve(target);
    }
    String joint = query.isEmpty() ? "" : target.contains("?") ? "&" : "?";
    return URI.create(host.base() + "/" + repository + "/" + target + joint + query);
  }
}
