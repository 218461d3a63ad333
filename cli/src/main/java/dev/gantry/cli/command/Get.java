package dev.gantry.cli.command;

import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.node.Kinds;
import dev.gantry.cli.node.NodeClient;
import dev.gantry.cli.node.Nodes;
import dev.gantry.cli.node.ObjectTable;
import dev.gantry.cli.node.Selector;
import dev.gantry.cli.output.Table;
import dev.gantry.cli.output.Yaml;
import dev.gantry.cri.json.ProtoJson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry get}: objects in the tables of kubectl. */
@Command(
    name = "get",
    description = "List pods, deployments, configmaps, secrets, runtimeclasses or events")
final class Get extends NodeCommand {
  private static final long PAUSE_MILLIS = 300;

  private static final Comparator<KubeObject> ORDER =
      Comparator.comparing((KubeObject o) ->
              o instanceof Event event
                  ? Objects.requireNonNullElse(event.lastTimestamp(), Instant.EPOCH)
                  : Instant.EPOCH)
          .thenComparing(o -> o.metadata().namespace())
          .thenComparing(o -> o.metadata().name());

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
  private @Nullable Form form;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "Objects of all namespaces")
  private boolean everywhere;

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "KEY=VALUE,…",
      description = "Only objects with these labels: app=web, app!=web, 'app in (a,b)', app, !app")
  private String selector = "";

  @Option(
      names = {"-w", "--watch"},
      description = "Then print each object anew when it changes, until Ctrl-C")
  private boolean watch;

  @Option(names = "--show-labels", description = "With the labels as the last column")
  private boolean showLabels;

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

  /**
   * What is to be listed.
   *
   * @param named as KIND/NAME; empty for all of the kinds
   */
  private record Wanted(Set<String> kinds, Set<String> named) {}

  @Override
  int run() {
    Wanted wanted = wanted();
    Selector labels = Selector.parse(selector);
    if (watch && (form == Form.JSON || form == Form.YAML || wanted.kinds().size() > 1)) {
      throw CliFailure.usage("--watch shows the table of one kind: get pods -w");
    }
    NodeClient node = Nodes.require(session());
    List<KubeObject> all = all(node, wanted);
    List<KubeObject> found = find(wanted, labels, all);
    for (String name : wanted.named()) {
      if (found.stream().noneMatch(o -> reference(o).equals(name))) {
        throw CliFailure.of(name.toLowerCase(Locale.ROOT) + " not found in " + place());
      }
    }
    print(wanted, found, all);
    if (watch) {
      watch(node, wanted, labels, all);
    }
    return 0;
  }

  private String place() {
    return everywhere ? "any namespace" : "namespace " + namespace();
  }

  private static String reference(KubeObject object) {
    return object.kind() + "/" + object.metadata().name();
  }

  private Wanted wanted() {
    if (what.isEmpty()) {
      return new Wanted(Set.of("Pod"), Set.of());
    }
    Set<String> kinds = new LinkedHashSet<>();
    Set<String> named = new LinkedHashSet<>();
    if (what.getFirst().contains("/")) {
      for (String one : what) {
        int slash = one.indexOf('/');
        if (slash < 0) {
          throw CliFailure.usage(one + ": with one KIND/NAME, the others must be such, too");
        }
        String kind = Kinds.of(one.substring(0, slash));
        kinds.add(kind);
        named.add(kind + one.substring(slash));
      }
      return new Wanted(kinds, named);
    }
    for (String word : what.getFirst().split(",", -1)) {
      kinds.addAll(word.equals("all") ? Kinds.ALL : List.of(Kinds.of(word)));
    }
    for (String name : what.subList(1, what.size())) {
      kinds.forEach(kind -> named.add(kind + "/" + name));
    }
    return new Wanted(kinds, named);
  }

  private static List<KubeObject> all(NodeClient node, Wanted wanted) {
    List<KubeObject> all = new ArrayList<>(node.objects());
    if (wanted.kinds().contains("Event")) {
      all.addAll(node.events());
    }
    return all;
  }

  private List<KubeObject> find(Wanted wanted, Selector labels, List<KubeObject> all) {
    List<KubeObject> found = new ArrayList<>();
    for (String kind : wanted.kinds()) {
      all.stream()
          .filter(o -> o.kind().equals(kind))
          .filter(o -> wanted.named().isEmpty() || wanted.named().contains(reference(o)))
          .filter(o ->
              everywhere
                  || o.metadata().namespace().isEmpty()
                  || o.metadata().namespace().equals(namespace()))
          .filter(o -> labels.matches(o.metadata().labels()))
          .sorted(ORDER)
          .forEach(found::add);
    }
    return found;
  }

  private void print(Wanted wanted, List<KubeObject> found, List<KubeObject> all) {
    if (form == Form.JSON || form == Form.YAML) {
      out().print(document(wanted, found));
      return;
    }
    if (form == Form.NAME) {
      found.forEach(
          o -> out().println(o.kind().toLowerCase(Locale.ROOT) + "/" + o.metadata().name()));
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
    if (found.size() == 1 && wanted.named().size() == 1) {
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

  private ObjectTable columns() {
    return new ObjectTable(form == Form.WIDE, everywhere, showLabels);
  }

  private void table(String kind, List<KubeObject> of, List<KubeObject> all) {
    List<List<String>> rows = new ArrayList<>();
    if (!noHeaders) {
      rows.add(columns().header(kind));
    }
    of.forEach(object -> rows.add(columns().row(object, all)));
    Table table = Table.compact(rows.getFirst().toArray(String[]::new));
    rows.stream().skip(1).forEach(table::row);
    table.print(out());
  }

  /**
   * Asks again and again, since the API has no watching; prints the rows that have changed.
   *
   * @param printed of these the rows have been printed
   */
  private void watch(NodeClient node, Wanted wanted, Selector labels, List<KubeObject> printed) {
    String kind = wanted.kinds().iterator().next();
    Map<String, List<String>> shown = new LinkedHashMap<>();
    boolean first = true;
    while (!out().checkError()) {
      List<KubeObject> all = first ? printed : all(node, wanted);
      for (KubeObject object : find(wanted, labels, all)) {
        List<String> row = columns().row(object, all);
        List<String> before =
            shown.put(object.metadata().uid() + reference(object), lasting(kind, row));
        if (!first && !lasting(kind, row).equals(before)) {
          out().println(form == Form.NAME ? reference(object) : String.join("   ", row));
          out().flush();
        }
      }
      first = false;
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** What of a row does not change by the clock alone. */
  private List<String> lasting(String kind, List<String> row) {
    List<String> header = columns().header(kind);
    List<String> lasting = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      if (!ObjectTable.isClock(header.get(i))) {
        lasting.add(row.get(i).replaceFirst(" \\(.* ago\\)$", ""));
      }
    }
    return lasting;
  }
}
