package dev.gantry.cli.command;

import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.http.Applied;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.node.ManifestFiles;
import dev.gantry.cli.node.NodeClient;
import dev.gantry.cli.node.Nodes;
import dev.gantry.cli.node.PodWait;
import dev.gantry.cli.node.UpReport;
import dev.gantry.cli.recipe.RecipeImages;
import dev.gantry.cli.recipe.Recipes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry up}: runs what manifests declare, on a node that is started if none runs. */
@Command(
    name = "up",
    aliases = "apply",
    description = {
      "Run Kubernetes manifests on this machine",
      "Starts a node in the background when none runs, makes the images for which there are recipes"
          + " beside the manifests (images/*.yaml), applies the manifests and waits until their"
          + " pods are ready, or says what is wrong. Without manifests it starts the node again,"
          + " with the pods that it had.",
    })
final class Up extends NodeCommand {
  @Option(names = "--no-wait", description = "Return when the manifests are applied")
  private boolean noWait;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "2m",
      description = "How long to wait for the pods; default ${DEFAULT-VALUE}")
  private Duration timeout = Duration.ofMinutes(2);

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE|DIR",
      description = "The same as without -f, as kubectl has it")
  private List<String> named = new ArrayList<>();

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE|DIR",
      description = "Manifests in YAML or JSON, directories of them, or - for standard input")
  private List<String> files = new ArrayList<>();

  Up(Session session) {
    super(session);
  }

  @Override
  int run() {
    files.addAll(named);
    if (files.isEmpty()) {
      return resume();
    }
    List<KubeObject> objects = ManifestFiles.read(files, session().in());
    Map<String, Recipes.Found> recipes = Recipes.beside(files);
    if (objects.isEmpty()) {
      throw CliFailure.of("the manifests declare nothing");
    }
    NodeClient node = start();
    new RecipeImages(session(), node).make(objects, recipes);
    List<Applied> results = node.apply(objects);
    boolean refused = false;
    for (Applied result : results) {
      String name = result.kind().toLowerCase(Locale.ROOT) + "/" + result.name();
      if (result.outcome().equals("refused")) {
        refused = true;
        session().err().println("gantry: " + name + " is refused: " + result.message());
      } else {
        out().println(name + " " + result.outcome());
      }
    }
    return finish(node, results, refused);
  }

  private int finish(NodeClient node, List<Applied> results, boolean refused) {
    out().flush();
    if (noWait) {
      return refused ? 1 : 0;
    }
    PodWait.Result result = new PodWait(session(), node).await(results, timeout);
    UpReport report = new UpReport(session());
    result.pods().forEach(report::tell);
    result.problems().forEach(problem -> session().err().println("gantry: " + problem));
    boolean failed = refused || !result.problems().isEmpty();
    if (!failed) {
      result.pods().forEach(report::showPage);
    }
    if (failed) {
      report.afterFailure(result.pods(), files);
    } else {
      report.next(results, result.pods(), files);
    }
    return failed ? 1 : 0;
  }

  /** The node of earlier, as after a restart of the machine. */
  private int resume() {
    if (Nodes.running(session()).isEmpty() && !Nodes.hasRemains(session())) {
      throw CliFailure.usage("up needs manifests: there is no node to start again")
          .advise("for example: " + session().program() + " up examples/guestbook.yaml");
    }
    NodeClient node = start();
    List<Applied> all =
        node.objects().stream()
            .filter(o -> o instanceof Deployment || (o instanceof Pod p && isDeclared(p)))
            .map(o -> Applied.of(o, "unchanged"))
            .toList();
    String names =
        all.stream()
            .map(a -> a.kind().toLowerCase(Locale.ROOT) + "/" + a.name())
            .collect(Collectors.joining(", "));
    out().println("the node runs, with " + (names.isEmpty() ? "nothing to run" : names));
    return finish(node, all, false);
  }

  private static boolean isDeclared(Pod pod) {
    return pod.metadata().ownerReferences().isEmpty();
  }

  private NodeClient start() {
    boolean runs = Nodes.running(session()).isPresent();
    NodeClient node = Nodes.start(session());
    if (!runs) {
      out().println("a node has been started in the background: " + node.socket());
      out().flush();
    }
    return node;
  }
}
