package dev.gantry.cli.command;

import com.google.protobuf.ByteString;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.ContainerQuery;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Resolve;
import dev.gantry.cli.node.PodTarget;
import dev.gantry.cli.terminal.RemoteConsole;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ExecSyncResponse;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry exec}: runs a command in a running container. */
@Command(
    name = "exec",
    description = {
      "Run a command in a running container",
      "CONTAINER-ID is left out when --name, --pod, --image, --state, --label, --latest or --last"
          + " choose the containers.",
    })
final class Exec extends CriCommand {
  @Option(
      names = {"-s", "--sync"},
      description = "Wait for the command's end and show its output then")
  private boolean sync;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description = "Kill the command after so many seconds; 0 means never")
  private long timeout;

  @Option(
      names = {"-t", "--tty"},
      description = "Give the command a terminal")
  private boolean tty;

  @Option(
      names = {"-i", "--interactive", "--stdin"},
      description = "Give the command this program's standard input")
  private boolean interactive;

  @Option(names = "--name", paramLabel = "REGEX", description = "In containers of this name")
  private String name = "";

  @Option(
      names = {"-p", "--pod"},
      paramLabel = "POD-ID",
      description = "In containers of this pod")
  private String pod = "";

  @Option(names = "--image", paramLabel = "IMAGE", description = "In containers of this image")
  private String image = "";

  @Option(names = "--state", paramLabel = "STATE", description = "In containers of this state")
  private String state = "";

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "In containers with this label")
  private List<String> labels = new ArrayList<>();

  @Option(
      names = {"-l", "--latest"},
      description = "In the youngest container")
  private boolean latest;

  @Option(names = "--last", paramLabel = "N", description = "In the N youngest containers")
  private int last;

  @Option(
      names = "-n",
      paramLabel = "N|NAMESPACE",
      description = "A number is crictl's --last, anything else kubectl's --namespace")
  private String lastOrNamespace = "";

  @Option(
      names = {"-q", "--quiet"},
      description = "Do not print the id of each of several containers")
  private boolean quiet;

  @Option(
      names = {"-c", "--container"},
      paramLabel = "NAME",
      description = "Which container of the pod, where a pod is named")
  private String container = "";

  @Option(
      names = "--namespace",
      paramLabel = "NAMESPACE",
      defaultValue = "default",
      description = "Namespace of the pod, where one is named; default ${DEFAULT-VALUE}")
  private String namespace = "default";

  @Option(
      names = {"-e", "--ignore-errors"},
      description = "Exit code 0 whatever the command's is")
  private boolean ignoreErrors;

  @Mixin private final TransportOption transport = new TransportOption();

  @Parameters(
      paramLabel = "[CONTAINER-ID|POD|deployment/NAME] [--] COMMAND [ARG…]",
      description = "What runs, and where")
  private List<String> arguments = new ArrayList<>();

  Exec(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    readShortOption();
    boolean filtered = filtered();
    if (arguments.size() < (filtered ? 1 : 2)) {
      throw CliFailure.usage(
          "exec needs "
              + (filtered ? "a command" : "a container or pod, and a command")
              + ": gantry exec pod/web -c app -- ls /");
    }
    if (sync && (tty || interactive)) {
      throw CliFailure.usage("--sync excludes --tty and --interactive");
    }
    if (!sync && timeout > 0) {
      throw CliFailure.usage("--timeout needs --sync");
    }
    if (filtered) {
      return each(client, chosen(client), arguments);
    }
    List<String> command = arguments.subList(1, arguments.size());
    Optional<PodTarget> pod = PodTarget.named(session(), namespace, arguments.getFirst());
    if (pod.isEmpty()) {
      return each(client, List.of(Resolve.container(client, arguments.getFirst())), command);
    }
    String id = pod.get().container(container);
    try (CriClient own = pod.get().connect(session())) {
      return each(own, List.of(id), command);
    }
  }

  private void readShortOption() {
    if (lastOrNamespace.matches("\\d+")) {
      last = Integer.parseInt(lastOrNamespace);
    } else if (!lastOrNamespace.isEmpty()) {
      namespace = lastOrNamespace;
    }
  }

  private int each(CriClient client, List<String> ids, List<String> command) {
    int exit = 0;
    for (String id : ids) {
      if (filtered() && !quiet) {
        out().println(id + ":");
      }
      int code = sync ? execSync(client, id, command) : stream(client, id, command);
      exit = exit == 0 ? code : exit;
    }
    return ignoreErrors ? 0 : exit;
  }

  private boolean filtered() {
    return latest || last > 0 || !labels.isEmpty() || !(name + pod + image + state).isEmpty();
  }

  private List<String> chosen(CriClient client) {
    var query =
        new ContainerQuery(
            "",
            pod,
            name,
            "",
            state,
            Arguments.pairs("--label", labels),
            image,
            false,
            Arguments.last(latest, last));
    List<String> ids = query.list(client).stream().map(Container::getId).toList();
    if (ids.isEmpty()) {
      throw CliFailure.of("exec: no container is as the options say")
          .advise("list them: gantry ps -a");
    }
    return ids;
  }

  private int stream(CriClient client, String id, List<String> command) {
    String url = Calls.exec(client, id, command, interactive, tty);
    var wanted =
        new RemoteConsole.Wanted(
            "exec in container " + id, transport.chosen(), interactive, tty, false);
    return new RemoteConsole(session(), wanted).run(url).orElse(0);
  }

  private int execSync(CriClient client, String id, List<String> command) {
    ExecSyncResponse answer = Calls.execSync(client, id, command, timeout);
    copy(answer.getStdout(), out());
    copy(answer.getStderr(), session().err());
    return answer.getExitCode();
  }

  private static void copy(ByteString bytes, PrintStream to) {
    try {
      bytes.writeTo(to);
      to.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
