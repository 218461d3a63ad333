package dev.gantry.daemon.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.gantry.daemon.config.DaemonConfig.MetricsAddress;
import dev.gantry.image.ImagePuller;
import dev.gantry.image.ImageStore;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Answers {@code GET /metrics} in Prometheus' text formats. */
public final class MetricsServer implements AutoCloseable {
  private static final int BACKLOG = 16;

  private final HttpServer server;
  private final ExecutorService executor;
  private final Metrics metrics;
  private final ExpositionFormats formats = ExpositionFormats.init();

  private MetricsServer(HttpServer server, Metrics metrics) {
    this.server = server;
    this.metrics = metrics;
    this.executor =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("metrics").factory());
  }

  /**
   * Serves until it is closed.
   *
   * @throws IOException naming the address when it cannot be had
   */
  public static MetricsServer start(
      MetricsAddress address, Metrics metrics, ImageStore images, ImagePuller puller)
      throws IOException {
    // Nobody who connects may stay for long, or in numbers: jdk.httpserver's own limits.
    System.setProperty("jdk.httpserver.maxConnections", "32");
    System.setProperty("sun.net.httpserver.maxReqTime", "10");
    System.setProperty("sun.net.httpserver.maxRspTime", "10");
    Gauges.register(metrics.registry(), images, puller);
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(address.host(), address.port()), BACKLOG);
    } catch (IOException e) {
      throw new IOException("metrics.address " + address + ": " + e.getMessage(), e);
    }
    var started = new MetricsServer(server, metrics);
    server.createContext("/metrics", started::answer);
    server.setExecutor(started.executor);
    server.start();
    return started;
  }

  /** The port it has, which a configured 0 leaves to the kernel. */
  public int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      boolean head = exchange.getRequestMethod().equals("HEAD");
      if (!head && !exchange.getRequestMethod().equals("GET")) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        exchange.sendResponseHeaders(405, -1);
        return;
      }
      if (!exchange.getRequestURI().getPath().equals("/metrics")) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      ExpositionFormatWriter writer =
          formats.findWriter(exchange.getRequestHeaders().getFirst("Accept"));
      var text = new ByteArrayOutputStream();
      writer.write(text, metrics.registry().scrape());
      exchange.getResponseHeaders().set("Content-Type", writer.getContentType());
      exchange.sendResponseHeaders(200, head ? -1 : text.size());
      if (!head) {
        text.writeTo(exchange.getResponseBody());
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
