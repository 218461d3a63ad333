package dev.gantry.cli.demo;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.local.Places;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * What a later `gantry demo` has to know about the one that is up.
 *
 * @param image the image's name
 * @param podId the pod's id
 * @param podIp its address
 * @param hostPort the host's port that leads to its web server
 * @param server the web server's container
 * @param client the client's container
 */
record DemoRecord(
    String image, String podId, String podIp, int hostPort, String server, String client) {

  private static Path file(Places places) {
    return places.root().resolve("demo.properties");
  }

  /** The demo that is recorded; empty when none is, or only half of one. */
  static Optional<DemoRecord> read(Places places) {
    Properties p = new Properties();
    try (var in = Files.newBufferedReader(file(places))) {
      p.load(in);
      return Optional.of(
          new DemoRecord(
              value(p, "image"),
              value(p, "podId"),
              value(p, "podIp"),
              Integer.parseInt(value(p, "hostPort")),
              value(p, "server"),
              value(p, "client")));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String value(Properties properties, String key) {
    String value = properties.getProperty(key);
    if (value == null) {
      throw new IllegalArgumentException("no " + key);
    }
    return value;
  }

  void write(Places places) {
    Properties properties = new Properties();
    properties.putAll(
        Map.of(
            "image",
            image,
            "podId",
            podId,
            "podIp",
            podIp,
            "hostPort",
            String.valueOf(hostPort),
            "server",
            server,
            "client",
            client));
    try (var out = Files.newBufferedWriter(file(places))) {
      properties.store(out, "gantry demo");
    } catch (IOException e) {
      throw CliFailure.of("record the demo: " + e, e);
    }
  }
}
