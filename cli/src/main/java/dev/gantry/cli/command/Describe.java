package dev.gantry.cli.command;

import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Secret;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.node.Kinds;
import dev.gantry.cli.node.NodeClient;
import dev.gantry.cli.node.Nodes;
import dev.gantry.cli.node.PodDescription;
import dev.gantry.cli.output.Yaml;
import dev.gantry.cri.json.ProtoJson;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code gantry describe}: everything about a pod, with its events. */
@Command(name = "describe", description = "Show all about a pod, and what happened to it")
final class Describe extends NodeCommand {
  @Parameters(
      arity = "1..2",
      paramLabel = "POD | KIND/NAME | KIND NAME",
      description = "Which object")
  private List<String> what = new ArrayList<>();

  Describe(Session session) {
    super(session);
  }

  @Override
  int run() {
    String text = what.size() == 2 ? what.getFirst() + "/" + what.getLast() : what.getFirst();
    int slash = text.indexOf('/');
    String kind = slash < 0 ? "Pod" : Kinds.of(text.substring(0, slash));
    String name = text.substring(slash + 1);
    NodeClient node = Nodes.require(session());
    List<KubeObject> found =
        node.objects().stream()
            .filter(o -> o.kind().equals(kind) && o.metadata().name().equals(name))
            .filter(o ->
                o.metadata().namespace().isEmpty() || o.metadata().namespace().equals(namespace()))
            .toList();
    if (found.isEmpty()) {
      throw CliFailure.of(kind.toLowerCase(java.util.Locale.ROOT) + " " + name + " not found")
          .advise("list them: gantry get " + kind.toLowerCase(java.util.Locale.ROOT) + "s");
    }
    List<Event> events = node.events();
    for (KubeObject object : found) {
      switch (object) {
        case Pod pod -> new PodDescription(pod, events, out()).print();
        case Secret secret -> {
          out().println("Name:  " + secret.metadata().name());
          out().println("Type:  " + secret.type());
          secret
              .data()
              .forEach(
                  (key, bytes) -> out().println(key + ":  " + bytes.decode().length + " bytes"));
        }
        default -> out().print(Yaml.print(ProtoJson.parseTree(Json.write(object))));
      }
    }
    return 0;
  }
}
