package dev.gantry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Pushes artifacts by the distribution protocol.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#push">distribution-spec,
 *     push</a>
 */
final class RegistryPush implements AutoCloseable {
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI registry;
  private final @Nullable String authorization;

  RegistryPush(URI registry, @Nullable String authorization) {
    this.registry = registry;
    this.authorization = authorization;
  }

  /** Pushes an artifact with all it names under a tag. */
  void push(String repository, String tag, TestArtifact artifact) {
    for (TestImage child : artifact.children()) {
      push(repository, child.digest(), child);
    }
    artifact.blobs().forEach((digest, blob) -> blob(repository, digest, blob));
    HttpRequest.Builder request =
        request(registry.resolve("/v2/" + repository + "/manifests/" + tag))
            .header("Content-Type", artifact.mediaType())
            .PUT(BodyPublishers.ofByteArray(artifact.manifest()));
    expect(201, send(request));
  }

  private void blob(String repository, String digest, byte[] blob) {
    URI there = registry.resolve("/v2/" + repository + "/blobs/" + digest);
    if (send(request(there).HEAD()).statusCode() == 200) {
      return;
    }
    HttpResponse<String> start =
        send(
            request(registry.resolve("/v2/" + repository + "/blobs/uploads/"))
                .POST(BodyPublishers.noBody()));
    expect(202, start);
    String location = start.headers().firstValue("Location").orElseThrow();
    String separator = location.contains("?") ? "&" : "?";
    expect(
        201,
        send(
            request(registry.resolve(location + separator + "digest=" + digest))
                .header("Content-Type", "application/octet-stream")
                .PUT(BodyPublishers.ofByteArray(blob))));
  }

  /** Returns the status of a GET, 0 when nothing answers. */
  int status(String path) {
    try {
      return send(request(registry.resolve(path)).GET()).statusCode();
    } catch (UncheckedIOException e) {
      return 0;
    }
  }

  private HttpRequest.Builder request(URI uri) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60));
    return authorization == null ? request : request.header("Authorization", authorization);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static void expect(int status, HttpResponse<String> response) {
    if (response.statusCode() != status) {
      throw new IllegalStateException(
          "%s %s: %d %s"
              .formatted(
                  response.request().method(),
                  response.request().uri(),
                  response.statusCode(),
                  response.body()));
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
