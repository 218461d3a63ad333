package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** What crictl's {@code run} does: a pod and a container from two files, left running. */
final class RunConfigFiles {
  private static final Pattern CONFIG = Pattern.compile(".*\\.(json|ya?ml)");

  private RunConfigFiles() {}

  static boolean areMeant(List<String> arguments) {
    return arguments.size() == 2
        && arguments.stream()
            .allMatch(a -> CONFIG.matcher(a).matches() && Files.isRegularFile(Path.of(a)));
  }

  static int run(
      Session session,
      CriClient client,
      PullOptions pull,
      boolean pulling,
      String handler,
      List<String> files) {
    ContainerConfig container = ConfigFiles.container(Path.of(files.getFirst()));
    PodSandboxConfig pod = ConfigFiles.pod(Path.of(files.getLast()));
    String podId = Calls.runPod(client, pod, handler, Duration.ZERO);
    if (pulling) {
      Create.pullAll(session, client, pull, container, pod);
    }
    String id = Calls.createContainer(client, podId, container, pod, Duration.ZERO);
    Calls.startContainer(client, id);
    session.out().println(id);
    return 0;
  }
}
