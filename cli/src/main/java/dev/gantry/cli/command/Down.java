package dev.gantry.cli.command;

import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.OwnerReference;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.source.ObjectKey;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.local.PrivateDaemon;
import dev.gantry.cli.node.Kinds;
import dev.gantry.cli.node.ManifestFiles;
import dev.gantry.cli.node.NodeClient;
import dev.gantry.cli.node.Nodes;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry down}: ends what manifests declare. */
@Command(
    name = "down",
    description = {
      "End what manifests declare, and wait until it is gone",
      "With --all everything ends, and the node that `gantry up` has started with it.",
    })
final class Down extends NodeCommand {
  @Option(
      names = "--grace-period",
      paramLabel = "SECONDS",
      description = "How long containers have to end; default: what the pod says")
  private @Nullable Long grace;

  @Option(names = "--all", description = "Everything, and the background node")
  private boolean all;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "5m",
      description = "How long to wait; default ${DEFAULT-VALUE}")
  private Duration timeout = Duration.ofMinutes(5);

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE|DIR|KIND/NAME",
      description = "Manifests as for up, or objects such as pod/web")
  private List<String> what = new ArrayList<>();

  Down(Session session) {
    super(session);
  }

  @Override
  int run() {
    if (all == !what.isEmpty()) {
      throw CliFailure.usage("down needs manifests or objects, or --all");
    }
    NodeClient node = Nodes.require(session());
    List<ObjectKey> keys = all ? everything(node) : keys();
    boolean missing = false;
    List<Pod> before = node.pods();
    List<String> uids = new ArrayList<>();
    for (ObjectKey key : keys) {
      if (node.delete(key, Optional.ofNullable(grace).map(Duration::ofSeconds))) {
        before.stream().filter(p -> belongs(p, key)).forEach(p -> uids.add(p.metadata().uid()));
        out().println(key + " deleted");
        out().flush();
      } else {
        missing = true;
        session().err().println("gantry: " + key + " not found");
      }
    }
    await(node, uids);
    if (all && node.socket().equals(Nodes.socket(Nodes.background()))) {
      PrivateDaemon.node(session(), Nodes.background()).stop();
      out().println("the node has stopped");
    }
    return missing ? 1 : 0;
  }

  private static List<ObjectKey> everything(NodeClient node) {
    return node.objects().stream()
        .filter(o -> o.metadata().ownerReferences().isEmpty())
        .map(ObjectKey::of)
        .toList();
  }

  private List<ObjectKey> keys() {
    List<ObjectKey> keys = new ArrayList<>();
    for (String one : what) {
      int slash = one.indexOf('/');
      if (slash > 0 && !Files.exists(java.nio.file.Path.of(one))) {
        String kind = Kinds.of(one.substring(0, slash));
        String in = kind.equals("RuntimeClass") ? "" : namespace();
        keys.add(new ObjectKey(kind, in, one.substring(slash + 1)));
      } else {
        for (KubeObject object : ManifestFiles.read(List.of(one), session().in())) {
          keys.add(ObjectKey.of(object));
        }
      }
    }
    return keys;
  }

  private void await(NodeClient node, List<String> uids) {
    Instant deadline = Instant.now().plus(timeout);
    while (true) {
      List<Pod> left = node.pods().stream().filter(p -> uids.contains(p.metadata().uid())).toList();
      if (left.isEmpty()) {
        return;
      }
      if (Instant.now().isAfter(deadline)) {
        throw CliFailure.of(
            "still there: " + left.stream().map(p -> "pod/" + p.metadata().name()).toList());
      }
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw CliFailure.of("wait for the end of pods: interrupted", e);
      }
    }
  }

  private static boolean belongs(Pod pod, ObjectKey key) {
    return ObjectKey.of(pod).equals(key)
        || (key.kind().equals("Deployment")
            && key.namespace().equals(pod.metadata().namespace())
            && pod.metadata().ownerReferences().stream()
                .map(OwnerReference::name)
                .anyMatch(n -> n.startsWith(key.name() + "-")));
  }
}
