package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.output.Human;
import dev.gantry.cli.output.Messages;
import dev.gantry.cli.output.OutputFormat;
import dev.gantry.cli.output.Table;
import dev.gantry.cli.progress.PullFigures;
import dev.gantry.cri.gantry.Pull;
import dev.gantry.cri.gantry.WatchPullsRequest;
import dev.gantry.cri.gantry.WatchPullsResponse;
import java.time.Instant;
import java.util.Iterator;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gantry pulls}: the pulls that run now. */
@Command(name = "pulls", description = "List the pulls that run now")
final class Pulls extends CriCommand {
  /** Between the two looks that a rate needs. */
  private static final int BETWEEN_MILLIS = 500;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "json, yaml or table (default)")
  private OutputFormat format = OutputFormat.TABLE;

  @Option(
      names = {"-q", "--quiet"},
      description = "Only the images' names, one on a line")
  private boolean quiet;

  Pulls(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    if (format == OutputFormat.TABLE && !quiet) {
      table(client);
      return 0;
    }
    WatchPullsResponse now =
        client.readGantry(
            "list pulls", s -> s.watchPulls(WatchPullsRequest.getDefaultInstance()).next());
    if (quiet) {
      now.getPullsList().forEach(pull -> out().println(pull.getImage()));
    } else {
      out().println(Messages.text(format, now));
    }
    return 0;
  }

  private void table(CriClient client) {
    var figures = new PullFigures();
    WatchPullsResponse now =
        client.readGantry(
            "list pulls",
            s -> {
              Iterator<WatchPullsResponse> looks =
                  s.watchPulls(
                      WatchPullsRequest.newBuilder().setIntervalMs(BETWEEN_MILLIS).build());
              WatchPullsResponse first = looks.next();
              figures.add(System.nanoTime(), first);
              if (first.getPullsCount() == 0) {
                return first;
              }
              WatchPullsResponse second = looks.next();
              figures.add(System.nanoTime(), second);
              return second;
            });
    Table table =
        new Table("IMAGE", "SINCE", "HOST", "LAYERS", "BYTES", "SHARE", "RATE", "CALLERS");
    for (Pull pull : now.getPullsList()) {
      PullFigures.Row row = figures.of(pull);
      table.row(
          pull.getImage(),
          Human.age(pull.getSince(), Instant.now()),
          row.host(),
          row.finished() + "/" + pull.getLayersCount(),
          Human.size(row.bytes(), 3) + (row.total() < 0 ? "" : "/" + Human.size(row.total(), 3)),
          row.total() <= 0
              ? ""
              : String.format(Locale.ROOT, "%d%%", row.bytes() * 100 / row.total()),
          row.rate(),
          String.valueOf(pull.getCallers()));
    }
    table.print(out());
  }
}
