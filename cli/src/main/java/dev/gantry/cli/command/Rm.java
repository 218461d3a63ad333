package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.ContainerQuery;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.client.Resolve;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatus;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry rm}: removes containers, and their logs, which the runtime leaves behind. */
@Command(name = "rm", description = "Remove one or more containers")
final class Rm extends CriCommand {
  @Option(
      names = {"-f", "--force"},
      description = "Stop a container that is running first")
  private boolean force;

  @Option(
      names = {"-a", "--all"},
      description = "Remove all containers")
  private boolean all;

  @Option(
      names = {"-k", "--keep-logs"},
      description = "Leave the log files")
  private boolean keepLogs;

  @Parameters(paramLabel = "CONTAINER-ID", description = "Id, beginning of one, or name")
  private List<String> containers = new ArrayList<>();

  Rm(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    if (all) {
      List<String> ids =
          ContainerQuery.everything("").list(client).stream().map(Container::getId).toList();
      if (ids.isEmpty()) {
        session().err().println("No containers to remove");
      }
      return each(ids, id -> remove(client, id, id));
    }
    if (containers.isEmpty()) {
      throw CliFailure.usage("rm needs the id of a container, or --all");
    }
    return each(containers, c -> remove(client, Resolve.container(client, c), c));
  }

  private void remove(CriClient client, String id, String name) {
    ContainerStatus status = Calls.containerStatus(client, id, false).getStatus();
    if (status.getState() == ContainerState.CONTAINER_RUNNING) {
      if (!force) {
        throw CliFailure.of("remove container " + name + ": it is running")
            .advise("stop it first with `gantry stop`, or remove it with --force");
      }
      Calls.stopContainer(client, id, 0);
    }
    Calls.removeContainer(client, id);
    if (!keepLogs && !status.getLogPath().isEmpty()) {
      removeLogs(Path.of(status.getLogPath()));
    }
    out().println(name);
  }

  // The log and its rotated predecessors, `<log>.*`.
  private static void removeLogs(Path log) {
    Path directory = log.getParent();
    Path file = log.getFileName();
    if (directory == null || file == null || !Files.isDirectory(directory)) {
      return;
    }
    String name = file.toString();
    try (DirectoryStream<Path> logs =
        Files.newDirectoryStream(
            directory,
            p -> {
              String other = String.valueOf(p.getFileName());
              return other.equals(name) || other.startsWith(name + ".");
            })) {
      for (Path old : logs) {
        Files.deleteIfExists(old);
      }
    } catch (IOException e) {
      throw CliFailure.of("remove log " + log + ": " + e.getMessage(), e);
    }
  }
}
