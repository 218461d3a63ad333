package dev.gantry.cli.command;

import dev.gantry.cli.client.PodQuery;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that choose pods. */
final class PodFilterOptions {
  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "Only the pod with this id or beginning of one")
  private String id = "";

  @Option(names = "--name", paramLabel = "REGEX", description = "Only pods whose name this matches")
  private String name = "";

  @Option(
      names = "--namespace",
      paramLabel = "REGEX",
      description = "Only pods whose namespace this matches")
  private String namespace = "";

  @Option(
      names = {"-s", "--state"},
      paramLabel = "STATE",
      description = "Only pods in this state: ready or notready")
  private String state = "";

  @Option(names = "--label", paramLabel = "KEY=VALUE", description = "Only pods with this label")
  private List<String> labels = new ArrayList<>();

  @Option(
      names = {"-l", "--latest"},
      description = "Only the youngest pod")
  private boolean latest;

  @Option(
      names = {"-n", "--last"},
      paramLabel = "N",
      description = "Only the N youngest pods; 0 means all")
  private int last;

  PodQuery query() {
    return new PodQuery(
        id,
        name,
        namespace,
        state,
        Arguments.pairs("--label", labels),
        Arguments.last(latest, last));
  }
}
