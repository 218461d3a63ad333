package dev.gantry.cli.demo;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.local.ChildProcess;
import dev.gantry.cli.local.ExampleImage;
import dev.gantry.cli.local.Http;
import dev.gantry.cli.local.Logfile;
import dev.gantry.cli.local.Places;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A real registry, Debian's docker-registry, on a port of the loopback address. */
final class Registry {
  private static final Path PROGRAM = Path.of("/usr/bin/docker-registry");
  private static final String BYTES = "application/octet-stream";

  private final Places places;
  private final int port;

  Registry(Places places, int port) {
    this.places = places;
    this.port = port;
  }

  /** Its address, as it stands in the names of images. */
  String address() {
    return "127.0.0.1:" + port;
  }

  private URI uri(String path) {
    return URI.create("http://" + address() + path);
  }

  /** A port of the loopback address that nobody uses at the moment. */
  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw CliFailure.of("find a free port: " + e.getMessage(), e);
    }
  }

  /** Starts it and waits for its first answer. */
  void start(Http http) {
    if (!Files.isExecutable(PROGRAM)) {
      throw CliFailure.of("start a registry: no " + PROGRAM)
          .advise("install it: apt-get install docker-registry");
    }
    Path config = places.root().resolve("registry.yml");
    try {
      Files.writeString(config, configuration());
    } catch (IOException e) {
      throw CliFailure.of("start a registry: " + e, e);
    }
    ChildProcess.start(
        "the registry",
        List.of(PROGRAM.toString(), "serve", config.toString()),
        Map.of(),
        log(),
        record(places));
    try {
      http.fetch(uri("/v2/"));
    } catch (CliFailure e) {
      throw CliFailure.of("start a registry: " + e.text(), e)
          .advise(Logfile.tail(log(), 10).orElse("it wrote no log"));
    }
  }

  private String configuration() {
    return """
    version: 0.1
    log: {level: info}
    storage: {filesystem: {rootdirectory: "%s"}}
    http: {addr: "%s"}
    """
        .formatted(places.root().resolve("registry"), address());
  }

  private Path log() {
    return places.root().resolve("registry.log");
  }

  private static Path record(Places places) {
    return places.root().resolve("registry.pid");
  }

  /** Whether the registry of these places runs. */
  static boolean runs(Places places) {
    return ChildProcess.find("the registry", record(places)).isPresent();
  }

  /** Ends the registry of these places, if it runs. */
  static void stop(Places places) {
    ChildProcess.find("the registry", record(places)).ifPresent(ChildProcess::stop);
  }

  /** Pushes an image (OCI distribution-spec, "Push"). */
  void push(Http http, ExampleImage image, String repository, String tag) {
    blob(http, repository, image.layer());
    blob(http, repository, image.config());
    URI manifest = uri("/v2/" + repository + "/manifests/" + tag);
    expect(201, http.send("PUT", manifest, image.manifest(), ExampleImage.MANIFEST_TYPE));
  }

  private void blob(Http http, String repository, byte[] blob) {
    URI uploads = uri("/v2/" + repository + "/blobs/uploads/");
    HttpResponse<String> begun = http.send("POST", uploads, new byte[0], BYTES);
    expect(202, begun);
    URI location = uploads.resolve(begun.headers().firstValue("Location").orElse(""));
    String separator = location.getQuery() == null ? "?" : "&";
    URI upload = URI.create(location + separator + "digest=" + ExampleImage.digest(blob));
    expect(201, http.send("PUT", upload, blob, BYTES));
  }

  private static void expect(int status, HttpResponse<String> answer) {
    if (answer.statusCode() != status) {
      throw CliFailure.of(
          "push: the registry answered "
              + answer.request().method()
              + " "
              + answer.uri().getPath()
              + " with "
              + answer.statusCode()
              + ": "
              + answer.body().strip());
    }
  }
}
