package dev.gantry.cli.command;

import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.source.ObjectKey;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.local.PrivateDaemon;
import dev.gantry.cli.local.PrivateRemains;
import dev.gantry.cli.node.Kinds;
import dev.gantry.cli.node.ManifestFiles;
import dev.gantry.cli.node.NodeClient;
import dev.gantry.cli.node.Nodes;
import dev.gantry.cli.node.Owners;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry down}: ends what manifests declare. */
@Command(
    name = "down",
    aliases = "delete",
    description = {
      "End what manifests declare, and wait until it is gone",
      "With --all everything ends, and the node that `gantry up` has started is removed with its"
          + " images, records and logs: the machine is as it was.",
    })
final class Down extends NodeCommand {
  private static final String FROM_FILE = "kubernetes.io/config.source";

  @Option(
      names = "--grace-period",
      paramLabel = "SECONDS",
      description = "How long containers have to end; default: what the pod says")
  private @Nullable Long grace;

  @Option(names = "--all", description = "Everything, and the background node")
  private boolean all;

  @Option(names = "--force", description = "The same as --grace-period 0")
  private boolean force;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "5m",
      description = "How long to wait; default ${DEFAULT-VALUE}")
  private Duration timeout = Duration.ofMinutes(5);

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE|DIR",
      description = "The same as without -f, as kubectl has it")
  private List<String> named = new ArrayList<>();

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE|DIR|KIND/NAME|KIND NAME…",
      description = "Manifests as for up, or objects such as pod/web")
  private List<String> what = new ArrayList<>();

  Down(Session session) {
    super(session);
  }

  @Override
  int run() {
    what.addAll(named);
    if (all == !what.isEmpty()) {
      throw CliFailure.usage("down needs manifests or objects, or --all");
    }
    return all ? everything() : each();
  }

  private int each() {
    List<ObjectKey> keys = keys();
    NodeClient node = Nodes.require(session());
    boolean missing = false;
    List<Pod> before = node.pods();
    List<String> uids = new ArrayList<>();
    for (ObjectKey key : keys) {
      if (node.delete(key, patience())) {
        before.stream().filter(p -> belongs(p, key)).forEach(p -> uids.add(p.metadata().uid()));
        say(key + " deleted");
      } else {
        missing = true;
        session().err().println("gantry: " + why(key, before));
      }
    }
    await(node, uids);
    if (Nodes.isBackground(session(), node) && node.objects().isEmpty()) {
      say("the node goes on with nothing to run; `" + program() + " down --all` removes it, too");
    }
    return missing ? 1 : 0;
  }

  private String program() {
    return session().program();
  }

  private static String why(ObjectKey key, List<Pod> pods) {
    for (Pod pod : pods) {
      if (ObjectKey.of(pod).equals(key)) {
        return pod.metadata().annotations().containsKey(FROM_FILE)
            ? key + " comes from the node's manifest directory: remove its file there"
            : key + " is one of a deployment's replicas: delete the deployment, or set replicas";
      }
    }
    return key + " not found";
  }

  private Optional<Duration> patience() {
    return Optional.ofNullable(force ? Long.valueOf(0) : grace).map(Duration::ofSeconds);
  }

  private void say(String text) {
    out().println(text);
    out().flush();
  }

  private int everything() {
    Optional<NodeClient> running = Nodes.running(session());
    boolean background =
        running.isPresent()
            ? Nodes.isBackground(session(), running.get())
            : Nodes.hasRemains(session());
    if (running.isEmpty() && !background) {
      say("nothing is up");
      return 0;
    }
    try {
      empty(running.orElseGet(() -> Nodes.start(session()))); // one that was killed knows its pods
    } catch (CliFailure e) {
      if (!background) {
        throw e;
      }
      session().report(e); // what is left of the pods goes with the rest
    }
    if (background) {
      Nodes.background(session()).ifPresent(this::remove);
    }
    return 0;
  }

  private void empty(NodeClient node) {
    List<String> uids = new ArrayList<>();
    for (KubeObject object : node.objects()) {
      boolean declared =
          object.metadata().ownerReferences().isEmpty()
              && !object.metadata().annotations().containsKey(FROM_FILE);
      if (declared && node.delete(ObjectKey.of(object), patience())) {
        say(ObjectKey.of(object) + " deleted");
      }
      if (object instanceof Pod pod && !pod.metadata().annotations().containsKey(FROM_FILE)) {
        uids.add(pod.metadata().uid());
      }
    }
    await(node, uids);
  }

  private void remove(PrivateDaemon node) {
    node.stop();
    PrivateRemains.remove(node.places());
    say("the node is removed, with its images, records and logs");
  }

  private List<ObjectKey> keys() {
    if (what.size() > 1 && !exists(what.getFirst()) && Kinds.isKind(what.getFirst())) {
      String kind = Kinds.of(what.getFirst());
      return what.stream().skip(1).map(name -> key(kind, name)).toList();
    }
    List<ObjectKey> keys = new ArrayList<>();
    for (String one : what) {
      int slash = one.indexOf('/');
      if (slash > 0 && !exists(one) && Kinds.isKind(one.substring(0, slash))) {
        keys.add(key(Kinds.of(one.substring(0, slash)), one.substring(slash + 1)));
      } else {
        for (KubeObject object : ManifestFiles.read(List.of(one), session().in())) {
          keys.add(ObjectKey.of(object));
        }
      }
    }
    return keys.reversed(); // what was made last goes first
  }

  private ObjectKey key(String kind, String name) {
    return new ObjectKey(kind, kind.equals("RuntimeClass") ? "" : namespace(), name);
  }

  private static boolean exists(String file) {
    return file.equals("-") || Files.exists(Path.of(file));
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
                "still there after %d s: %s"
                    .formatted(
                        timeout.toSeconds(),
                        left.stream()
                            .map(p -> "pod/" + p.metadata().name())
                            .collect(Collectors.joining(", "))))
            .advise("wait longer (--timeout), or kill: --force");
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
            && Owners.isOf(pod, key.name()));
  }
}
