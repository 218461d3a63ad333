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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  private final Credentials credentials;

  RegistrySession(
      Transport transport,
      Authorizer authorizer,
      SchemeMemory schemes,
      RetryPolicy retry,
      List<RegistryHost> hosts,
      String repository,
      Credentials credentials) {
    this.transport = transport;
    this.authorizer = authorizer;
    this.schemes = schemes;
    this.retry = retry;
    this.hosts = List.copyOf(hosts);
    this.repository = repository;
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
    var able = hosts.stream().filter(h -> h.capabilities().contains(capability)).toList();
    for (int i = 0; i < able.size(); i++) {
      boolean last = i == able.size() - 1;
      // A mirror that fails has a successor; only the last host is worth waiting for.
      int tries = last ? retry.tries() : 1;
      for (int n = 1; n <= tries; n++) {
        Outcome outcome = attempt(able.get(i), path, headers);
        if (outcome instanceof Success s) {
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

  private Outcome attempt(RegistryHost configured, String path, Map<String, List<String>> headers)
      throws IOException {
    RegistryHost host = schemes.apply(configured);
    Outcome outcome = attemptOnce(host, path, headers);
    // Go and nginx answer 400 to plain HTTP on a TLS port; others just hang up.
    if (!host.eitherScheme()
        || !(outcome instanceof Failure plain)
        || (plain.attempt().status() != 400 && plain.attempt().status() != 0)) {
      return outcome;
    }
    RegistryHost secure = host.withScheme("https");
    Outcome second = attemptOnce(secure, path, headers);
    if (second instanceof Failure tls && tls.attempt().status() == 0) {
      return tls.cause() instanceof ConnectException ? plain : plain.and(tls);
    }
    schemes.remember(secure);
    return second;
  }

  private Outcome attemptOnce(RegistryHost host, String path, Map<String, List<String>> headers)
      throws IOException {
    try {
      HttpAnswer answer = authorized(host, path, headers);
      if (answer.status() / 100 == 2) {
        return new Success(answer);
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

  private HttpAnswer authorized(RegistryHost host, String path, Map<String, List<String>> headers)
      throws IOException {
    var key =
        new Authorizer.Key(
            host.base().toString(), repository, credentials.forHost(host.authority()));
    Transport.Request request = request(host, path, headers);
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

  private Transport.Request request(
      RegistryHost host, String path, Map<String, List<String>> headers) {
    var all = new LinkedHashMap<>(host.headers());
    all.putAll(headers);
    String query =
        host.namespace().isEmpty()
            ? ""
            : "?ns=" + URLEncoder.encode(host.namespace(), StandardCharsets.UTF_8);
    return new Transport.Request(
        URI.create(host.base() + "/" + repository + "/" + path + query),
        all,
        host.tls(),
        host.connectTimeout(),
        null);
  }
}
