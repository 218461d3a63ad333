package dev.gantry.image.registry;

import dev.gantry.image.RegistryException;
import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.http.HttpAnswer;
import dev.gantry.image.http.RequestBody;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Brings blobs into a repository. What fails in passing is tried again; an upload then begins anew.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#push">push
 *     in the distribution specification</a>
 */
public final class BlobPusher {
  private BlobPusher() {}

  @FunctionalInterface
  private interface Step<T> {
    T run(int attempt) throws IOException;
  }

  private static <T> T retried(RegistrySession session, Step<T> step) throws IOException {
    for (int n = 1; ; n++) {
      try {
        return step.run(n);
      } catch (RegistryException e) {
        if (!e.isTransient() || n >= session.retry().tries()) {
          throw e;
        }
        RetryPolicy.pause(session.retry().backoff(n));
      }
    }
  }

  /** Whether the repository has the blob. */
  public static boolean exists(RegistrySession session, Digest digest) throws IOException {
    return retried(session, n -> has(session, digest));
  }

  private static boolean has(RegistrySession session, Digest digest) throws IOException {
    try (HttpAnswer answer = session.push("HEAD", "blobs/" + digest, Map.of(), null)) {
      return answer.status() == 200;
    } catch (RegistryException e) {
      if (e.kind() == Kind.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Asks the registry to take the blob from another of its repositories.
   *
   * @return false when it does not, for whatever reason
   */
  public static boolean mount(RegistrySession session, Digest digest, String from)
      throws IOException {
    String target = "blobs/uploads/?mount=" + digest + "&from=" + encoded(from);
    try (HttpAnswer answer = session.push("POST", target, Map.of(), null)) {
      if (answer.status() == 201) {
        return true;
      }
      cancel(session, answer);
      return false;
    } catch (RegistryException refused) {
      return false;
    }
  }

  /** An upload was begun instead of the mount; it would lie there for days. */
  private static void cancel(RegistrySession session, HttpAnswer answer) throws IOException {
    String location = answer.header("Location");
    answer.discard();
    if (location == null) {
      return;
    }
    try {
      session.push("DELETE", location, Map.of(), null).discard();
    } catch (RegistryException notSupported) {
      return;
    }
  }

  /**
   * Uploads a blob in one piece.
   *
   * @throws RegistryException with what the registry said
   */
  public static void upload(RegistrySession session, Digest digest, RequestBody body)
      throws IOException {
    retried(
        session,
        n -> {
          // What broke off may have arrived nevertheless.
          if (n == 1 || !has(session, digest)) {
            once(session, digest, body);
          }
          return true;
        });
  }

  private static void once(RegistrySession session, Digest digest, RequestBody body)
      throws IOException {
    String location;
    try (HttpAnswer begun = session.push("POST", "blobs/uploads/", Map.of(), null)) {
      location = begun.header("Location");
      if (location == null) {
        throw new RegistryException(
            Kind.BAD_ANSWER,
            List.of(
                new Attempt(begun.uri().toString(), begun.status(), "the upload has no Location")),
            null);
      }
      begun.discard();
    }
    String target = location + (location.indexOf('?') < 0 ? "?" : "&") + "digest=" + digest;
    try {
      session
          .push("PUT", target, Map.of("Content-Type", List.of("application/octet-stream")), body)
          .discard();
    } catch (RegistryException e) {
      // An upload that broke off half-way is unknown when it is sent again; a new one is not.
      throw e.kind() == Kind.NOT_FOUND || e.status() == 416
          ? new RegistryException(Kind.UNAVAILABLE, e.attempts(), e)
          : e;
    }
  }

  /**
   * Uploads a manifest and gives it a name.
   *
   * @param name a tag or the manifest's digest
   */
  public static void manifest(RegistrySession session, String name, String mediaType, byte[] bytes)
      throws IOException {
    retried(
        session,
        n -> {
          session
              .push(
                  "PUT",
                  "manifests/" + name,
                  Map.of("Content-Type", List.of(mediaType)),
                  RequestBody.of(bytes))
              .discard();
          return true;
        });
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
