package dev.gantry.cli.demo;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.demo.Steps.Step;
import dev.gantry.cli.local.ExampleImage;
import dev.gantry.cli.local.Http;
import dev.gantry.cli.local.Places;
import dev.gantry.cli.local.PrivateDaemon;
import dev.gantry.cli.log.LogReader;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxState;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gantry demo}: a pod with a web server, from nothing; {@code --down} removes all of it. */
@Command(
    name = "demo",
    description = {
      "Run an example pod, from nothing, on a daemon of its own",
      "It stays up, to be looked at, until `gantry demo --down`.",
    })
public final class Demo implements Callable<Integer> {
  private static final String REPOSITORY = "gantry/demo";
  private static final String TAG = "1";
  private static final List<String> COMMAND =
      List.of("sh", "-c", "hostname; ip -4 -o addr show eth0; ps");

  private final Session session;
  private final PrintStream out;
  private final Places places;
  private final PrivateDaemon daemon;

  // What the steps find out, each for those that follow it.
  private @Nullable CriClient cri;
  private @Nullable ExampleImage image;
  private @Nullable Registry registry;
  private @Nullable PodSandboxConfig pod;
  private String imageName = "";
  private String podId = "";
  private String podIp = "";
  private int hostPort;
  private String server = "";
  private String client = "";
  private String page = "";
  private String execOutput = "";

  @Option(names = "--down", description = "Remove the pod, the daemon and all that the demo made")
  private boolean down;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help")
  @SuppressWarnings("UnusedVariable")
  private boolean help;

  public Demo(Session session) {
    this(session, Places.DEMO);
  }

  Demo(Session session, Places places) {
    this.session = session;
    this.places = places;
    this.out = session.out();
    this.daemon = new PrivateDaemon(session, places);
  }

  @Override
  public Integer call() {
    if (down) {
      DemoDown.run(session, daemon);
      return 0;
    }
    Optional<DemoRecord> before = DemoRecord.read(places);
    if (before.isPresent() && isUp(before.get())) {
      return showAgain(before.get());
    }
    try (Http http = new Http()) {
      // What an interrupted demo left would be in the way.
      DemoDown.quietly(session, daemon);
      Steps steps = new Steps(out);
      steps.run(steps(http));
      report(steps);
      return 0;
    } catch (CliFailure e) {
      throw explained(e);
    } finally {
      if (cri != null) {
        cri.close();
      }
    }
  }

  private List<Step> steps(Http http) {
    return List.of(
        new Step("start a daemon on directories of its own", this::startDaemon),
        new Step("make an image from Debian's busybox", this::makeImage),
        new Step("start a registry on loopback", () -> startRegistry(http)),
        new Step("push the image to it", () -> push(http)),
        new Step("pull the image through CRI", this::pull),
        new Step("run a pod with a network of its own", this::runPod),
        new Step("create and start the web server", this::startServer),
        new Step("create and start a client of it", this::startClient),
        new Step("fetch the page by the pod's address", () -> fetchByPod(http)),
        new Step("fetch the page by a port of this host", () -> fetchByHost(http)),
        new Step("run a command in the web server's container", this::exec),
        new Step("wait for the client's first answer", this::awaitClient));
  }

  private void startDaemon() {
    daemon.start();
    cri = daemon.connect();
  }

  private void makeImage() {
    image = ExampleImage.make();
  }

  private void startRegistry(Http http) {
    registry = new Registry(places, Registry.freePort());
    registry.start(http);
  }

  private void push(Http http) {
    made(registry).push(http, made(image), REPOSITORY, TAG);
    imageName = made(registry).address() + "/" + REPOSITORY + ":" + TAG;
  }

  private void pull() {
    Calls.pull(made(cri), Calls.spec(imageName), Optional.empty(), Optional.empty(), Duration.ZERO);
  }

  private void runPod() {
    hostPort = Registry.freePort();
    pod = DemoPod.pod(places, hostPort);
    podId = Calls.runPod(made(cri), made(pod), "", Duration.ZERO);
    podIp = Calls.podStatus(made(cri), podId, false).getStatus().getNetwork().getIp();
  }

  private void startServer() {
    server =
        Calls.createContainer(
            made(cri), podId, DemoPod.server(made(pod), imageName), made(pod), Duration.ZERO);
    Calls.startContainer(made(cri), server);
  }

  private void startClient() {
    client =
        Calls.createContainer(
            made(cri), podId, DemoPod.client(made(pod), imageName), made(pod), Duration.ZERO);
    Calls.startContainer(made(cri), client);
    new DemoRecord(imageName, podId, podIp, hostPort, server, client).write(places);
  }

  private void fetchByPod(Http http) {
    page = http.fetch(URI.create("http://" + podIp + ":" + DemoPod.WEB_PORT + "/"));
  }

  private void fetchByHost(Http http) {
    String again = http.fetch(URI.create("http://127.0.0.1:" + hostPort + "/"));
    if (!again.equals(page)) {
      throw CliFailure.of("fetch the page by port " + hostPort + ": another page came: " + again);
    }
  }

  private void exec() {
    ExecSyncResponse answer = Calls.execSync(made(cri), server, COMMAND, 10);
    execOutput = answer.getStdout().toStringUtf8() + answer.getStderr().toStringUtf8();
    if (answer.getExitCode() != 0) {
      throw CliFailure.of("exec: exit code " + answer.getExitCode() + ": " + execOutput);
    }
  }

  private void awaitClient() {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!log(client).contains(ExampleImage.PAGE.strip())) {
      if (System.nanoTime() > deadline) {
        throw CliFailure.of("the client got no page within 20 s; its log: " + log(client));
      }
      pause();
    }
  }

  private String log(String container) {
    Path file =
        Path.of(Calls.containerStatus(made(cri), container, false).getStatus().getLogPath());
    return LogReader.lastLines(file, 3).orElse("");
  }

  private void report(Steps steps) {
    out.println();
    out.println(
        "The page, by http://"
            + podIp
            + ":"
            + DemoPod.WEB_PORT
            + "/ and http://127.0.0.1:"
            + hostPort
            + "/:");
    out.print(page.indent(4));
    out.println("The web server's log, its last lines:");
    out.print(log(server).indent(4));
    out.println("The client's log, its last lines:");
    out.print(log(client).indent(4));
    out.println("In the web server's container, " + COMMAND.getLast() + ":");
    out.print(execOutput.indent(4));
    out.println();
    steps.printTable();
    out.println();
    Hints.print(session, places, podIp, hostPort);
  }

  private boolean isUp(DemoRecord record) {
    if (!daemon.answers() || !Registry.runs(places)) {
      return false;
    }
    try (CriClient connection = daemon.connect()) {
      var state = Calls.podStatus(connection, record.podId(), false).getStatus().getState();
      return state == PodSandboxState.SANDBOX_READY;
    } catch (CliFailure e) {
      session.debug(() -> e.text());
      return false;
    }
  }

  private int showAgain(DemoRecord record) {
    try (Http http = new Http()) {
      out.println("The demo is up. Its page, fetched anew:");
      out.print(http.fetch(URI.create("http://127.0.0.1:" + record.hostPort() + "/")).indent(4));
      Hints.print(session, places, record.podIp(), record.hostPort());
      return 0;
    }
  }

  private CliFailure explained(CliFailure failure) {
    StringBuilder advice = new StringBuilder();
    if (!failure.advice().isEmpty()) {
      advice.append(failure.advice()).append("\n  ");
    } else {
      daemon.logTail().ifPresent(tail -> advice.append(tail).append("\n  "));
    }
    advice.append("what is up may be looked at; `gantry demo --down` removes it");
    return failure.advise(advice.toString());
  }

  private static <T> T made(@Nullable T thing) {
    if (thing == null) {
      throw new IllegalStateException("a step needs what an earlier one makes");
    }
    return thing;
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliFailure.of("demo: interrupted", e);
    }
  }
}
