package dev.gantry.image.registry;

import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.http.FailureText;
import dev.gantry.image.http.HttpAnswer;
import dev.gantry.image.http.HttpClient;
import dev.gantry.image.http.HttpException;
import dev.gantry.image.http.HttpRequest;
import dev.gantry.image.registry.RegistryHost.Schemes;
import dev.gantry.image.registry.RegistrySession.Call;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks one host once: finds its scheme, authorizes, follows redirects, and judges the answer. */
final class HostCall {
  /** What all sessions of a client share. */
  record Shared(HttpClient http, Authorizer authorizer, SchemeMemory schemes, HostHealth health) {}

  private final Shared shared;
  private final String repository;
  private final String actions;
  private final Keyring keyring;

  /**
   * @param repository as the image's name has it
   * @param actions of the tokens that are asked for: {@code pull} or {@code pull,push}
   */
  HostCall(Shared shared, String repository, String actions, Keyring keyring) {
    this.shared = shared;
    this.repository = repository;
    this.actions = actions;
    this.keyring = keyring;
  }

  /** How it went. */
  sealed interface Outcome permits Success, Failure {}

  record Success(HttpAnswer answer, String base) implements Outcome {}

  record Failure(
      Attempt attempt, Kind kind, Optional<Duration> retryAfter, @Nullable Throwable cause)
      implements Outcome {
    Failure and(String scheme, Failure other) {
      String both = attempt.message() + "; by " + scheme + ": " + other.attempt().message();
      return new Failure(
          new Attempt(attempt.host(), attempt.status(), both), kind, retryAfter, cause);
    }

    /** A certificate does not get better by asking again. */
    boolean mayRecover() {
      if (kind == Kind.UNREACHABLE) {
        int depth = 0;
        for (Throwable t = cause; t != null && depth++ < 8; t = t.getCause()) {
          if (t instanceof CertificateException) {
            return false;
          }
        }
      }
      return kind == Kind.UNREACHABLE || kind == Kind.UNAVAILABLE;
    }
  }

  /**
   * @throws IOException only when the caller is interrupted or the body of an upload is unreadable
   */
  Outcome attempt(RegistryHost configured, Call call) throws IOException {
    RegistryHost host = withRepository(shared.schemes().apply(configured));
    Outcome outcome = once(host, call);
    if (host.schemes() == Schemes.FIXED || !(outcome instanceof Failure first)) {
      if (outcome instanceof Failure f
          && configured.schemes() != Schemes.FIXED
          && f.kind() == Kind.UNREACHABLE) {
        shared.schemes().forget(configured);
      }
      return noted(configured, outcome);
    }
    // Go and nginx answer 400 to plain HTTP on a TLS port; others just hang up.
    // Who asks a token server, or is sent to one, has been understood.
    if ((first.attempt().status() != 400 && first.attempt().status() != 0)
        || first.kind() == Kind.UNAUTHORIZED) {
      return noted(configured, outcome);
    }
    RegistryHost other = SchemeMemory.other(host);
    Outcome second = once(other, call);
    String scheme = other.base().getScheme();
    if (second instanceof Failure f && f.attempt().status() == 0) {
      return noted(
          configured,
          f.cause() instanceof ConnectException
              ? first
              : first.and(scheme.equals("https") ? "TLS" : "plain HTTP", f));
    }
    shared.schemes().remember(configured, scheme);
    return noted(configured, second);
  }

  private Outcome noted(RegistryHost host, Outcome outcome) {
    switch (outcome) {
      case Success s -> shared.health().well(host);
      case Failure f -> {
        if (f.attempt().status() == 0 && f.kind() == Kind.UNREACHABLE) {
          shared.health().unreachable(host);
        } else if (f.retryAfter().isPresent()) {
          shared.health().busy(host, f.retryAfter().get());
        }
      }
    }
    return outcome;
  }

  private RegistryHost withRepository(RegistryHost host) {
    return host.repository().isEmpty() ? host.standingIn(repository, false) : host;
  }

  private Outcome once(RegistryHost host, Call call) throws IOException {
    HttpRequest request;
    try {
      request = request(host, call);
    } catch (IllegalArgumentException e) {
      return failure(host, Kind.BAD_ANSWER, 0, "its Location is not an address", e);
    }
    try {
      HttpAnswer answer = authorized(host, request);
      return answer.status() / 100 == 2
          ? new Success(answer, host.base().toString())
          : refused(host, request, answer);
    } catch (TokenRefused e) {
      return failure(
          host,
          e.status() == 401 || e.status() == 403 || e.status() == 400
              ? Kind.UNAUTHORIZED
              : e.status() >= 500 || e.status() == 429 ? Kind.UNAVAILABLE : Kind.UNREACHABLE,
          401, // that is what the registry itself said
          e.getMessage() + note(host, e.status()),
          e);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      Kind kind = e instanceof HttpException ? Kind.BAD_ANSWER : Kind.UNREACHABLE;
      return failure(host, kind, 0, FailureText.of(e), e);
    }
  }

  private String note(RegistryHost host, int status) throws IOException {
    return status == 0 ? "" : " (with " + keyring.find(host).source() + ")";
  }

  private static Failure failure(
      RegistryHost host, Kind kind, int status, String text, @Nullable Throwable cause) {
    return new Failure(
        new Attempt(host.base().toString(), status, text), kind, Optional.empty(), cause);
  }

  private Failure refused(RegistryHost host, HttpRequest request, HttpAnswer answer)
      throws IOException {
    try (answer) {
      int status = answer.status();
      Kind kind =
          switch (status) {
            case 401, 403, 407 -> Kind.UNAUTHORIZED;
            case 404 -> Kind.NOT_FOUND;
            case 408, 425, 429 -> Kind.UNAVAILABLE;
            default -> status >= 500 ? Kind.UNAVAILABLE : Kind.BAD_ANSWER;
          };
      Optional<Duration> wait =
          kind == Kind.UNAVAILABLE
              ? RetryPolicy.retryAfter(answer.header("Retry-After"), Instant.now())
              : Optional.empty();
      String text = ErrorBody.describe(answer, request.uri());
      if (kind == Kind.UNAUTHORIZED && Origin.same(answer.uri(), request.uri())) {
        text += Advice.unauthorized(keyring.find(host), host);
      } else if (status == 404) {
        text += Advice.notFound(request.uri());
      } else if (status == 429) {
        text += Advice.tooMany(wait);
      }
      return new Failure(new Attempt(host.base().toString(), status, text), kind, wait, null);
    }
  }

  private HttpAnswer authorized(RegistryHost host, HttpRequest request) throws IOException {
    if (!Origin.same(request.uri(), host.base())) {
      return Redirects.follow(shared.http(), host.headers().keySet(), request);
    }
    var key =
        new Authorizer.Key(
            host.base().toString(),
            host.repository(),
            actions,
            keyring.request().forHost(host.authority()),
            keyring.stamp());
    String header = shared.authorizer().known(host, key);
    HttpAnswer answer = send(host, request, header);
    if (answer.status() != 401 || !Origin.same(answer.uri(), request.uri())) {
      return answer;
    }
    List<Challenge> challenges = Challenge.parse(answer.headers("WWW-Authenticate"));
    String second;
    try {
      second = shared.authorizer().answer(host, key, challenges, header, keyring);
    } catch (TokenEndpoint.RefusedException e) {
      answer.close();
      throw new TokenRefused(e);
    }
    if (second == null) {
      return answer;
    }
    answer.discard();
    return send(host, request, second);
  }

  private HttpAnswer send(RegistryHost host, HttpRequest request, @Nullable String authorization)
      throws IOException {
    return Redirects.follow(
        shared.http(),
        host.headers().keySet(),
        authorization == null ? request : request.with("Authorization", authorization));
  }

  /** The token server said no or was not reached. */
  private static final class TokenRefused extends IOException {
    private static final long serialVersionUID = 1;
    private final int status;

    TokenRefused(TokenEndpoint.RefusedException cause) {
      super(cause.getMessage(), cause);
      this.status = cause.status();
    }

    int status() {
      return status;
    }
  }

  private static HttpRequest request(RegistryHost host, Call call) {
    URI uri = uri(host, call.target());
    var headers = new LinkedHashMap<String, List<String>>();
    if (Origin.same(uri, host.base())) {
      headers.putAll(host.headers());
    }
    headers.putAll(call.headers());
    return new HttpRequest(
        call.method(), uri, headers, host.tls(), host.connectTimeout(), call.body());
  }

  private static URI uri(RegistryHost host, String target) {
    if (target.startsWith("/") || target.contains("://")) {
      return host.base().resolve(target);
    }
    String query =
        host.namespace().isEmpty()
            ? ""
            : (target.contains("?") ? "&" : "?")
                + "ns="
                + URLEncoder.encode(host.namespace(), StandardCharsets.UTF_8);
    return URI.create(host.base() + "/" + host.repository() + "/" + target + query);
  }
}
