package dev.gantry.cli;

import dev.gantry.cli.client.Endpoint;
import java.time.Duration;
import picocli.CommandLine.Option;

/** The options before a command's name, which every command has. */
public final class GlobalOptions {
  /** Empty when the command line names none. */
  @Option(
      names = {"-r", "--runtime-endpoint"},
      paramLabel = "ENDPOINT",
      description =
          "Socket of the CRI runtime (environment: CONTAINER_RUNTIME_ENDPOINT; default: "
              + Endpoint.DEFAULT
              + ")")
  String runtimeEndpoint = "";

  /** Empty when the command line names none. */
  @Option(
      names = {"-i", "--image-endpoint"},
      paramLabel = "ENDPOINT",
      description =
          "Socket of the CRI image service (environment: IMAGE_SERVICE_ENDPOINT; default: the"
              + " runtime's)")
  String imageEndpoint = "";

  /** How long a call that only reads may take. */
  @Option(
      names = {"-t", "--timeout"},
      paramLabel = "DURATION",
      defaultValue = "10s",
      description = "How long to wait for quick answers, as 2s or 1m (default: ${DEFAULT-VALUE})")
  Duration timeout = Duration.ofSeconds(10);

  /** Prints each call and, for what fails, the stack trace. */
  @Option(
      names = {"-D", "--debug"},
      description = "Print each call, and stack traces of failures")
  boolean debug;

  /** Names the endpoint as {@code --runtime-endpoint} does. */
  public void runtimeEndpoint(String endpoint) {
    runtimeEndpoint = endpoint;
  }
}
