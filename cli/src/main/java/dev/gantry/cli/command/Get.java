package dev.gantry.cli.command;

import dev.gantry.agent.api.ConfigMap;
import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.OwnerReference;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.RuntimeClass;
import dev.gantry.agent.api.Secret;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.node.Kinds;
import dev.gantry.cli.node.NodeClient;
import dev.gantry.cli.node.Nodes;
import dev.gantry.cli.node.PodSummary;
import dev.gantry.cli.output.Table;
import dev.gantry.cli.output.Yaml;
import dev.gantry.cri.json.ProtoJson;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry get}: objects in the tables of kubectl. */
@Command(
    name = "get",
    description = "List pods, deployments, configmaps, secrets, runtimeclasses or events")
final class Get extends NodeCommand {
  /** Forms of output, by kubectl's names. */
  enum Form {
    WIDE,
    JSON,
    YAML,
    NAME
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "wide, json, yaml or name")
  private @org.jspecify.annotations.Nullable Form form;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "Objects of all namespaces")
  private boolean everywhere;

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "KEY=VALUE,…",
      description = "Only objects with these labels")
  private String selector = "";

  @Option(names = "--no-headers", description = "Leave out the names of columns")
  private boolean noHeaders;

  @Parameters(
      arity = "0..*",
      paramLabel = "KIND [NAME…] | KIND/NAME…",
      description = "What to list; pods if nothing is said")
  private List<String> what = new ArrayList<>();

  Get(Session session) {
    super(session);
  }

  private record Wanted(List<String> kinds, List<String> names) {}

  @Override
  int run() {
    Wanted wanted = wanted();
    NodeClient node = Nodes.require(session());
    List<KubeObject> found = new ArrayList<>();
    List<KubeObject> all = node.objects();
    for (String kind : wanted.kinds()) {
      List<? extends KubeObject> of = kind.equals("Event") ? node.events() : all;
      of.stream()
          .filter(o -> o.kind().equals(kind) && matches(o, wanted.names()))
          .forEach(found::add);
    }
    for (String name : wanted.names()) {
      if (found.stream().noneMatch(o -> o.metadata().name().equals(name))) {
        throw CliFailure.of(
            wanted.kinds().getFirst().toLowerCase(java.util.Locale.ROOT)
                + " "
                + name
                + " not found");
      }
    }
    print(wanted, found, all);
    return 0;
  }

  private Wanted wanted() {
    if (what.isEmpty()) {
      return new Wanted(List.of("Pod"), List.of());
    }
    String first = what.getFirst();
    if (first.contains("/")) {
      List<String> names = what.stream().map(w -> w.substring(w.indexOf('/') + 1)).toList();
      return new Wanted(List.of(Kinds.of(first.substring(0, first.indexOf('/')))), names);
    }
    List<String> kinds =
        first.equals("all")
            ? Kinds.ALL
            : Arrays.stream(first.split(",", -1)).map(Kinds::of).toList();
    return new Wanted(kinds, what.subList(1, what.size()));
  }

  private boolean matches(KubeObject object, List<String> names) {
    String in = object.metadata().namespace();
    return (everywhere || in.isEmpty() || in.equals(namespace()))
        && (names.isEmpty() || names.contains(object.metadata().name()))
        && (selector.isEmpty()
            || Arrays.stream(selector.split(",", -1)).allMatch(pair -> labelled(object, pair)));
  }

  private static boolean labelled(KubeObject object, String pair) {
    String[] parts = pair.split("==?", 2);
    String value = object.metadata().labels().get(parts[0]);
    return value != null && (parts.length < 2 || value.equals(parts[1]));
  }

  private void print(Wanted wanted, List<KubeObject> found, List<KubeObject> all) {
    if (form == Form.JSON || form == Form.YAML) {
      out().print(document(wanted, found));
      return;
    }
    if (form == Form.NAME) {
      found.forEach(o ->
          out().println(o.kind().toLowerCase(java.util.Locale.ROOT) + "/" + o.metadata().name()));
      return;
    }
    if (found.isEmpty()) {
      session()
          .err()
          .println("No resources found" + (everywhere ? "" : " in " + namespace() + " namespace."));
      return;
    }
    boolean next = false;
    for (String kind : wanted.kinds()) {
      List<KubeObject> of = found.stream().filter(o -> o.kind().equals(kind)).toList();
      if (!of.isEmpty()) {
        if (next) {
          out().println();
        }
        next = true;
        table(kind, of, all);
      }
    }
  }

  private String document(Wanted wanted, List<KubeObject> found) {
    Object one = found;
    if (found.size() == 1 && wanted.names().size() == 1) {
      one = found.getFirst();
    } else {
      Map<String, Object> list = new LinkedHashMap<>();
      list.put("apiVersion", "v1");
      list.put("kind", "List");
      list.put("items", found);
      one = list;
    }
    return form == Form.JSON ? Json.pretty(one) : Yaml.print(ProtoJson.parseTree(Json.write(one)));
  }

  private void table(String kind, List<KubeObject> of, List<KubeObject> all) {
    List<String> header = new ArrayList<>(header(kind));
    if (everywhere) {
      header.addFirst("NAMESPACE");
    }
    List<List<String>> rows = new ArrayList<>();
    for (KubeObject object : of) {
      List<String> row = new ArrayList<>(row(object, all));
      if (everywhere) {
        row.addFirst(object.metadata().namespace());
      }
      rows.add(row);
    }
    Table table =
        noHeaders
            ? Table.compact(rows.getFirst().toArray(String[]::new))
            : Table.compact(header.toArray(String[]::new));
    rows.stream().skip(noHeaders ? 1 : 0).forEach(table::row);
    table.print(out());
  }

  private List<String> header(String kind) {
    return switch (kind) {
      case "Pod" ->
          form == Form.WIDE
              ? List.of("NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE")
              : List.of("NAME", "READY", "STATUS", "RESTARTS", "AGE");
      case "Deployment" -> List.of("NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE");
      case "ConfigMap" -> List.of("NAME", "DATA", "AGE");
      case "Secret" -> List.of("NAME", "TYPE", "DATA", "AGE");
      case "RuntimeClass" -> List.of("NAME", "HANDLER", "AGE");
      default -> List.of("LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE");
    };
  }

  private List<String> row(KubeObject object, List<KubeObject> all) {
    String name = object.metadata().name();
    return switch (object) {
      case Pod pod -> row(pod);
      case Deployment deployment -> row(deployment, all);
      case ConfigMap map ->
          List.of(name, "" + (map.data().size() + map.binaryData().size()), age(object));
      case Secret secret -> List.of(name, secret.type(), "" + secret.data().size(), age(object));
      case RuntimeClass type -> List.of(name, type.handler(), age(object));
      case Event event ->
          List.of(
              since(event.lastTimestamp()),
              event.type(),
              event.reason(),
              "pod/" + event.involvedObject().name(),
              event.message().strip());
    };
  }

  private List<String> row(Pod pod) {
    PodSummary summary = new PodSummary(pod, Instant.now());
    List<String> row =
        new ArrayList<>(
            List.of(
                pod.metadata().name(),
                summary.ready(),
                summary.status(),
                summary.restarts(),
                summary.age()));
    if (form == Form.WIDE) {
      row.add(pod.status().podIP().isEmpty() ? "<none>" : pod.status().podIP());
      row.add(pod.spec().nodeName().isEmpty() ? "<none>" : pod.spec().nodeName());
    }
    return row;
  }

  private static List<String> row(Deployment deployment, List<KubeObject> all) {
    long ready = 0;
    long there = 0;
    for (KubeObject object : all) {
      if (object instanceof Pod pod
          && pod.metadata().namespace().equals(deployment.metadata().namespace())
          && pod.metadata().deletionTimestamp() == null
          && pod.metadata().ownerReferences().stream()
              .map(OwnerReference::name)
              .anyMatch(n -> n.startsWith(deployment.metadata().name() + "-"))) {
        there++;
        ready += new PodSummary(pod, Instant.now()).isReady() ? 1 : 0;
      }
    }
    return List.of(
        deployment.metadata().name(),
        ready + "/" + deployment.spec().replicas(),
        "" + there,
        "" + ready,
        age(deployment));
  }

  private static String age(KubeObject object) {
    return since(object.metadata().creationTimestamp());
  }

  private static String since(@org.jspecify.annotations.Nullable Instant moment) {
    return moment == null
        ? "<unknown>"
        : PodSummary.duration(Duration.between(moment, Instant.now()));
  }
}
