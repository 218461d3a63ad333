package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Resolve;
import dev.gantry.cli.log.LogLine;
import dev.gantry.cli.log.LogOptions;
import dev.gantry.cli.log.LogReader;
import dev.gantry.cli.node.PodTarget;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ReopenContainerLogRequest;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry logs}: what a container wrote. */
@Command(name = "logs", description = "Fetch the logs of a container")
final class Logs extends CriCommand {
  @Option(
      names = {"-f", "--follow"},
      description = "Wait for more until the container has ended")
  private boolean follow;

  @Option(
      names = {"-p", "--previous"},
      description = "The log of the container's previous instance in its pod")
  private boolean previous;

  @Option(
      names = {"-r", "--reopen"},
      description = "First let the runtime open the log anew, as after a rotation")
  private boolean reopen;

  @Option(
      names = "--tail",
      paramLabel = "N",
      defaultValue = "-1",
      description = "Only the last N lines")
  private long tail;

  @Option(
      names = "--limit-bytes",
      paramLabel = "N",
      defaultValue = "-1",
      description = "At most N bytes")
  private long limitBytes;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Only since a moment (2013-01-02T13:23:37) or for so long (42m)")
  private String since = "";

  @Option(
      names = {"-t", "--timestamps"},
      description = "With the time of each line")
  private boolean timestamps;

  @Option(
      names = {"-s", "--stream"},
      paramLabel = "STREAM",
      description = "Only this stream: stdout or stderr")
  private LogLine.@Nullable Stream stream;

  @Option(
      names = {"-c", "--container"},
      paramLabel = "NAME",
      description = "Which container of the pod, where a pod is named")
  private String ofPod = "";

  @Option(
      names = "--namespace",
      paramLabel = "NAMESPACE",
      defaultValue = "default",
      description = "Namespace of the pod, where one is named; default ${DEFAULT-VALUE}")
  private String namespace = "default";

  @Parameters(
      paramLabel = "CONTAINER-ID|POD",
      description = "Id, beginning of one, or name of a container; or a pod of a node")
  private String container = "";

  Logs(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    if (tail >= 0 && stream != null) {
      throw CliFailure.usage("--tail and --stream exclude each other");
    }
    LogOptions options =
        new LogOptions(
            follow,
            tail,
            since.isEmpty() ? Optional.empty() : Optional.of(Since.parse(since, Instant.now())),
            timestamps,
            limitBytes,
            Optional.ofNullable(stream));
    String id =
        PodTarget.named(session(), namespace, container)
            .map(pod -> PodTarget.container(pod, ofPod))
            .orElseGet(() -> Resolve.container(client, container));
    if (reopen) {
      var request = ReopenContainerLogRequest.newBuilder().setContainerId(id).build();
      client.work("reopen log of container " + container, s -> s.reopenContainerLog(request));
    }
    Path log = path(Calls.containerStatus(client, id, false).getStatus());
    new LogReader(log, options, () -> isRunning(client, id), out(), session().err()).show();
    return 0;
  }

  private Path path(ContainerStatus status) {
    if (status.getLogPath().isEmpty()) {
      throw CliFailure.of("logs of container " + container + ": it was made without a log file")
          .advise("its configuration needs log_path, that of its pod log_directory");
    }
    Path log = Path.of(status.getLogPath());
    if (!previous) {
      return log;
    }
    int attempt = status.getMetadata().getAttempt();
    if (attempt == 0) {
      throw CliFailure.of("logs of container " + container + ": it has no previous instance");
    }
    // The kubelet names logs by attempt: <container>/<attempt>.log.
    String name = String.valueOf(log.getFileName());
    String extension = name.contains(".") ? name.substring(name.lastIndexOf('.')) : "";
    return log.resolveSibling(Integer.toUnsignedString(attempt - 1) + extension);
  }

  static boolean isRunning(CriClient client, String id) {
    try {
      ContainerState state = Calls.containerStatus(client, id, false).getStatus().getState();
      return state == ContainerState.CONTAINER_RUNNING || state == ContainerState.CONTAINER_CREATED;
    } catch (CliFailure e) {
      return false; // it was removed, or the runtime is gone: nobody will tell of its end
    }
  }
}
