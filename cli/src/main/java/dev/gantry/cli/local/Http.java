package dev.gantry.cli.local;

import dev.gantry.cli.CliFailure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Plain HTTP to loopback and to pods. */
public final class Http implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();

  /** One request; {@code body} may be empty, {@code type} is its media type. */
  public HttpResponse<String> send(String method, URI uri, byte[] body, String type) {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", type)
            .method(method, BodyPublishers.ofByteArray(body))
            .build();
    try {
      return client.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw CliFailure.of(method + " " + uri + ": " + words(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliFailure.of(method + " " + uri + ": interrupted", e);
    }
  }

  private static String words(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /** Fetches a page; asks again for some seconds while nobody answers yet. */
  public String fetch(URI uri) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        HttpResponse<String> answer = send("GET", uri, new byte[0], "text/plain");
        if (answer.statusCode() == 200) {
          return answer.body();
        }
        throw CliFailure.of("GET " + uri + ": answered with status " + answer.statusCode());
      } catch (CliFailure e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
      }
      pause(uri);
    }
  }

  private static void pause(URI uri) {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliFailure.of("GET " + uri + ": interrupted", e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
