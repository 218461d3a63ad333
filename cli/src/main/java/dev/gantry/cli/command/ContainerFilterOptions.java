package dev.gantry.cli.command;

import dev.gantry.cli.client.ContainerQuery;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that choose containers. */
final class ContainerFilterOptions {
  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "Only the container with this id or beginning of one")
  private String id = "";

  @Option(
      names = "--name",
      paramLabel = "REGEX",
      description = "Only containers whose name this matches")
  private String name = "";

  @Option(
      names = "--namespace",
      paramLabel = "REGEX",
      description = "Only containers whose pod's namespace this matches")
  private String namespace = "";

  @Option(
      names = {"-p", "--pod"},
      paramLabel = "POD-ID",
      description = "Only containers of this pod")
  private String pod = "";

  @Option(names = "--image", paramLabel = "IMAGE", description = "Only containers of this image")
  private String image = "";

  @Option(
      names = {"-s", "--state"},
      paramLabel = "STATE",
      description = "Only containers in this state: created, running, exited or unknown")
  private String state = "";

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "Only containers with this label")
  private List<String> labels = new ArrayList<>();

  @Option(
      names = {"-l", "--latest"},
      description = "Only the youngest container, whatever its state")
  private boolean latest;

  @Option(
      names = {"-n", "--last"},
      paramLabel = "N",
      description = "Only the N youngest containers, whatever their state; 0 means all")
  private int last;

  @Option(
      names = {"-a", "--all"},
      description = "Containers of every state, not only running ones")
  private boolean all;

  ContainerQuery query() {
    return new ContainerQuery(
        id,
        pod,
        name,
        namespace,
        state,
        Arguments.pairs("--label", labels),
        image,
        all,
        Arguments.last(latest, last));
  }
}
