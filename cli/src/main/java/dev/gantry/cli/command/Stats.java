package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.output.Human;
import dev.gantry.cli.output.Messages;
import dev.gantry.cli.output.OutputFormat;
import dev.gantry.cli.output.Table;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.ContainerStatsFilter;
import dev.gantry.cri.v1.ListContainerStatsRequest;
import dev.gantry.cri.v1.ListContainerStatsResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry stats}: what containers use of processor, memory and disk. */
@Command(name = "stats", description = "List container(s) resource usage statistics")
final class Stats extends CriCommand {
  @Option(
      names = {"-a", "--all"},
      description = "All containers, not only running ones")
  private boolean all;

  @Option(names = "--id", paramLabel = "ID", description = "Only the container with this id")
  private String id = "";

  @Option(
      names = {"-p", "--pod"},
      paramLabel = "POD-ID",
      description = "Only containers of this pod")
  private String pod = "";

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "Only containers with this label")
  private List<String> labels = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "json, yaml or table (default)")
  private OutputFormat format = OutputFormat.TABLE;

  @Option(
      names = {"-s", "--seconds"},
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "How long the use of the processor is watched (default: 1)")
  private int seconds;

  @Option(
      names = {"-w", "--watch"},
      description = "Print it again and again")
  private boolean watch;

  @Parameters(arity = "0..1", paramLabel = "ID", description = "The same as --id")
  private String argument = "";

  Stats(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    if (format != OutputFormat.TABLE) {
      out().println(Messages.text(format, sample(client)));
      return 0;
    }
    do {
      printOnce(client);
    } while (watch && !out().checkError());
    return 0;
  }

  private void printOnce(CriClient client) {
    Map<String, ContainerStats> before =
        sample(client).getStatsList().stream()
            .collect(Collectors.toMap(s -> s.getAttributes().getId(), Function.identity()));
    sleep(Duration.ofSeconds(Math.max(1, seconds)));
    Table table = new Table("CONTAINER", "NAME", "CPU %", "MEM", "DISK", "INODES", "SWAP");
    for (ContainerStats now : sample(client).getStatsList()) {
      // What was not there a moment ago has no use of the processor to show yet.
      ContainerStats earlier = before.get(now.getAttributes().getId());
      if (earlier != null && (all || isRunning(now))) {
        table.row(row(earlier, now));
      }
    }
    if (watch && session().terminal().output()) {
      out().print("\033[2J\033[H");
    }
    table.print(out());
  }

  private ListContainerStatsResponse sample(CriClient client) {
    var filter =
        ContainerStatsFilter.newBuilder()
            .setId(id.isEmpty() ? argument : id)
            .setPodSandboxId(pod)
            .putAllLabelSelector(Arguments.pairs("--label", labels));
    var request = ListContainerStatsRequest.newBuilder().setFilter(filter).build();
    List<ContainerStats> stats =
        client
            .read("get statistics of containers", s -> s.listContainerStats(request))
            .getStatsList();
    return ListContainerStatsResponse.newBuilder()
        .addAllStats(
            stats.stream().sorted(Comparator.comparing(s -> s.getAttributes().getId())).toList())
        .build();
  }

  private static boolean isRunning(ContainerStats stats) {
    return cpu(stats) != 0 || stats.getMemory().getWorkingSetBytes().getValue() != 0;
  }

  private static long cpu(ContainerStats stats) {
    return stats.getCpu().getUsageCoreNanoSeconds().getValue();
  }

  private static List<String> row(ContainerStats before, ContainerStats now) {
    return List.of(
        Human.shortId(now.getAttributes().getId()),
        now.getAttributes().getMetadata().getName(),
        percent(before, now),
        Human.size(now.getMemory().getWorkingSetBytes().getValue()),
        Human.size(now.getWritableLayer().getUsedBytes().getValue()),
        Long.toUnsignedString(now.getWritableLayer().getInodesUsed().getValue()),
        Human.size(now.getSwap().getSwapUsageBytes().getValue()));
  }

  /** Percent of one core between two samples; a dash when the runtime took no second one. */
  static String percent(ContainerStats before, ContainerStats now) {
    if (cpu(now) == 0) {
      return "0.00";
    }
    long time = now.getCpu().getTimestamp() - before.getCpu().getTimestamp();
    return time <= 0
        ? "-"
        : String.format(Locale.ROOT, "%.2f", 100.0 * (cpu(now) - cpu(before)) / time);
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliFailure.of("get statistics of containers: interrupted", e);
    }
  }
}
