package dev.gantry.cli;

import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Endpoint;
import dev.gantry.cli.node.Nodes;
import dev.gantry.cli.output.Terminal;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What one call of `gantry` works with: where it prints, its environment, and the global options.
 *
 * <p>The endpoint is the one of the command line, else of {@code CONTAINER_RUNTIME_ENDPOINT} (for
 * images {@code IMAGE_SERVICE_ENDPOINT}), else {@link Endpoint#DEFAULT}.
 */
public final class Session {
  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;
  private final Terminal terminal;
  private final InputStream in;
  private final GlobalOptions options = new GlobalOptions();

  /** One in which standard input is empty. */
  public Session(
      PrintStream out, PrintStream err, Map<String, String> environment, Terminal terminal) {
    this(InputStream.nullInputStream(), out, err, environment, terminal);
  }

  public Session(
      InputStream in,
      PrintStream out,
      PrintStream err,
      Map<String, String> environment,
      Terminal terminal) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.environment = Map.copyOf(environment);
    this.terminal = terminal;
  }

  public InputStream in() {
    return in;
  }

  public PrintStream out() {
    return out;
  }

  public PrintStream err() {
    return err;
  }

  /** Where a person reads, if there is one. */
  public Terminal terminal() {
    return terminal;
  }

  public @Nullable String environment(String name) {
    return environment.get(name);
  }

  public GlobalOptions options() {
    return options;
  }

  /** Says what went wrong: one line, and another one with what to do if there is something. */
  public void report(CliFailure failure) {
    err.println("gantry: " + failure.text());
    if (!failure.advice().isEmpty()) {
      err.println("  " + failure.advice());
    }
    if (options.debug) {
      failure.printStackTrace(err);
    }
  }

  /** Prints what only someone who looks for a fault wants to read. */
  public void debug(Supplier<String> text) {
    if (options.debug) {
      err.println("debug: " + text.get());
    }
  }

  /** Whether the command line or the environment names an endpoint. */
  public boolean endpointChosen() {
    return firstOf(options.runtimeEndpoint, environment.get("CONTAINER_RUNTIME_ENDPOINT"))
        .isPresent();
  }

  /** Where the runtime listens. */
  public Endpoint runtimeEndpoint() {
    return Endpoint.parse(
        firstOf(options.runtimeEndpoint, environment.get("CONTAINER_RUNTIME_ENDPOINT"))
            .orElseGet(this::runtimeHere));
  }

  /** The machine's own runtime if it listens, else that of the node that runs here. */
  private String runtimeHere() {
    boolean nodeChosen = environment.getOrDefault("GANTRY_NODE", "").length() > 0;
    if (!nodeChosen && Endpoint.parse(Endpoint.DEFAULT).listens()) {
      return Endpoint.DEFAULT;
    }
    return Nodes.running(this)
        .map(node -> String.valueOf(node.node().get("runtimeEndpoint")))
        .orElse(Endpoint.DEFAULT);
  }

  /** What a person types to run this program, for advice. */
  public String program() {
    String typed = environment.get("GANTRY_PROGRAM"); // set by ./gantry of a checkout
    return typed == null || typed.isEmpty() ? "gantry" : typed;
  }

  private Endpoint imageEndpoint() {
    return firstOf(options.imageEndpoint, environment.get("IMAGE_SERVICE_ENDPOINT"))
        .map(Endpoint::parse)
        .orElseGet(this::runtimeEndpoint);
  }

  private static Optional<String> firstOf(String option, @Nullable String variable) {
    if (!option.isEmpty()) {
      return Optional.of(option);
    }
    return Optional.ofNullable(variable).filter(v -> !v.isEmpty());
  }

  /** A client of the chosen endpoints; the connection is made by the first call. */
  public CriClient connect() {
    Duration timeout = options.timeout;
    return CriClient.open(runtimeEndpoint(), imageEndpoint(), timeout, this::debug);
  }
}
