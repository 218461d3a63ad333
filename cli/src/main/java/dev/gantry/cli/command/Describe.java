package dev.gantry.cli.command;

import dev.gantry.agent.api.Deployment;
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
import dev.gantry.cli.node.Owners;
import dev.gantry.cli.node.PodDescription;
import dev.gantry.cli.node.Selector;
import dev.gantry.cli.output.Yaml;
import dev.gantry.cri.json.ProtoJson;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry describe}: everything about an object; of a pod, what happened to it, too. */
@Command(name = "describe", description = "Show all about a pod, and what happened to it")
final class Describe extends NodeCommand {
  @Option(
      names = {"-l", "--selector"},
      paramLabel = "KEY=VALUE,…",
      description = "Only objects with these labels")
  private String selector = "";

  @Parameters(
      arity = "1..*",
      paramLabel = "POD | KIND/NAME… | KIND [NAME…]",
      description = "Which objects; of a deployment its pods are shown, too")
  private List<String> what = new ArrayList<>();

  Describe(Session session) {
    super(session);
  }

  private record Wanted(String kind, String name) {
    boolean is(KubeObject object) {
      return object.kind().equals(kind)
          && (name.isEmpty() || object.metadata().name().equals(name));
    }
  }

  @Override
  int run() {
    NodeClient node = Nodes.require(session());
    Selector labels = Selector.parse(selector);
    List<KubeObject> all =
        node.objects().stream()
            .filter(o ->
                o.metadata().namespace().isEmpty() || o.metadata().namespace().equals(namespace()))
            .toList();
    Set<KubeObject> found = new LinkedHashSet<>();
    for (Wanted wanted : wanted()) {
      List<KubeObject> some =
          all.stream()
              .filter(wanted::is)
              .filter(o -> labels.matches(o.metadata().labels()))
              .toList();
      if (some.isEmpty()) {
        String kind = wanted.kind().toLowerCase(Locale.ROOT);
        String name = wanted.name().isEmpty() ? "" : " " + wanted.name();
        throw CliFailure.of(kind + name + " not found in namespace " + namespace())
            .advise("list them: " + session().program() + " get " + kind + "s -A");
      }
      found.addAll(some);
    }
    List<Event> events = node.events();
    boolean next = false;
    for (KubeObject object : found) {
      if (next) {
        out().println();
      }
      next = true;
      describe(object, all, events);
    }
    return 0;
  }

  private List<Wanted> wanted() {
    String first = what.getFirst();
    if (!first.contains("/") && Kinds.isKind(first)) {
      String kind = Kinds.of(first);
      return what.size() == 1
          ? List.of(new Wanted(kind, ""))
          : what.stream().skip(1).map(name -> new Wanted(kind, name)).toList();
    }
    return what.stream()
        .map(text -> {
          int slash = text.indexOf('/');
          String kind = slash < 0 ? "Pod" : Kinds.of(text.substring(0, slash));
          return new Wanted(kind, text.substring(slash + 1));
        })
        .toList();
  }

  private void describe(KubeObject object, List<KubeObject> all, List<Event> events) {
    switch (object) {
      case Pod pod -> new PodDescription(pod, events, out()).print();
      case Secret secret -> {
        out().println("Name:       " + secret.metadata().name());
        out().println("Namespace:  " + secret.metadata().namespace());
        out().println("Type:       " + secret.type());
        secret
            .data()
            .forEach((key, bytes) -> out().println(key + ":  " + bytes.decode().length + " bytes"));
      }
      case Deployment deployment -> {
        out().print(yaml(deployment));
        all.stream()
            .filter(Pod.class::isInstance)
            .map(Pod.class::cast)
            .filter(pod -> Owners.isOf(pod, deployment.metadata().name()))
            .forEach(pod -> {
              out().println();
              new PodDescription(pod, events, out()).print();
            });
      }
      default -> out().print(yaml(object));
    }
  }

  private static String yaml(KubeObject object) {
    return Yaml.print(ProtoJson.parseTree(Json.write(object)));
  }
}
