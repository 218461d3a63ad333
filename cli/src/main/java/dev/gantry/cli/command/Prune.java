package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.output.Human;
import dev.gantry.cli.output.Messages;
import dev.gantry.cli.output.OutputFormat;
import dev.gantry.cri.gantry.PruneImagesRequest;
import dev.gantry.cri.gantry.PruneImagesResponse;
import dev.gantry.cri.gantry.PrunedImage;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gantry prune}: removes images that nothing uses. */
@Command(
    name = "prune",
    description = {
      "Remove images that no container uses and that are not pinned",
      "Without --all only those that have no name, such as one whose tag moved to another image.",
    })
final class Prune extends CriCommand {
  private static final int LONGEST_ANSWER = 16;

  @Option(
      names = {"-a", "--all"},
      description = "Also those that have a name")
  private boolean all;

  @Option(
      names = "--until",
      paramLabel = "DURATION",
      defaultValue = "0s",
      description = "Only those that came so long ago or earlier, as 24h")
  private Duration until = Duration.ZERO;

  @Option(
      names = {"-f", "--force"},
      description = "Do not ask")
  private boolean force;

  @Option(names = "--dry-run", description = "Only tell what would be removed")
  private boolean dryRun;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "json, yaml or table (default)")
  private OutputFormat format = OutputFormat.TABLE;

  Prune(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    if (until.isNegative()) {
      throw CliFailure.usage("prune: --until is a time ago, as 24h");
    }
    PruneImagesResponse would = prune(client, true);
    if (dryRun || would.getImagesCount() == 0) {
      print(would, "Would be removed: ", "would be freed");
      return 0;
    }
    if (!force && !agreed(would)) {
      session().err().println("Nothing was removed");
      return 1;
    }
    print(prune(client, false), "Deleted: ", "freed");
    return 0;
  }

  private PruneImagesResponse prune(CriClient client, boolean dry) {
    var request =
        PruneImagesRequest.newBuilder()
            .setAll(all)
            .setOlderThanSeconds(until.toSeconds())
            .setDryRun(dry)
            .build();
    return client.workGantry("prune images", s -> s.pruneImages(request));
  }

  private boolean agreed(PruneImagesResponse would) {
    if (!session().terminal().output()) {
      throw CliFailure.usage(
              "prune: nobody is there to be asked whether to remove "
                  + Human.count(would.getImagesCount(), "image"))
          .advise("--force removes them without, --dry-run shows them");
    }
    print(would, "To be removed: ", "would be freed");
    session().err().print("Remove them? [y/N] ");
    session().err().flush();
    try {
      StringBuilder answer = new StringBuilder();
      int c;
      while ((c = session().in().read()) >= 0 && c != '\n' && answer.length() < LONGEST_ANSWER) {
        answer.append((char) c);
      }
      String word = answer.toString().strip().toLowerCase(Locale.ROOT);
      return word.equals("y") || word.equals("yes");
    } catch (IOException e) {
      throw CliFailure.of("prune: read the answer: " + e.getMessage(), e);
    }
  }

  private void print(PruneImagesResponse response, String verb, String freed) {
    if (format != OutputFormat.TABLE) {
      out().println(Messages.text(format, response));
      return;
    }
    for (PrunedImage image : response.getImagesList()) {
      String names =
          image.getNamesCount() == 0 ? "" : " (" + String.join(", ", image.getNamesList()) + ")";
      out().println(verb + image.getId() + names);
    }
    out()
        .println(
            Human.count(response.getImagesCount(), "image")
                + ", "
                + Human.size(response.getBytes())
                + " "
                + freed);
  }
}
