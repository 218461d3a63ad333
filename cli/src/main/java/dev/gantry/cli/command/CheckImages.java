package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.output.Human;
import dev.gantry.cli.output.Messages;
import dev.gantry.cli.output.OutputFormat;
import dev.gantry.cri.gantry.CheckFinding;
import dev.gantry.cri.gantry.CheckImagesRequest;
import dev.gantry.cri.gantry.CheckImagesResponse;
import dev.gantry.cri.gantry.CheckResult;
import java.util.Iterator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gantry check-images}: verifies the image store. */
@Command(
    name = "check-images",
    description = {
      "Verify that the image store holds, byte for byte, what was pulled",
      "Exit code 1 when something is bad and was not repaired. Containers go on meanwhile.",
    })
final class CheckImages extends CriCommand {
  @Option(
      names = "--repair",
      description = "Make what is bad again, out of the store or from its registry")
  private boolean repair;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "json, yaml or table (default)")
  private OutputFormat format = OutputFormat.TABLE;

  CheckImages(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    var request = CheckImagesRequest.newBuilder().setRepair(repair).build();
    CheckImagesResponse all =
        client.workGantry("check images", s -> collect(s.checkImages(request)));
    CheckResult result = all.getResult();
    if (format != OutputFormat.TABLE) {
      out().println(Messages.text(format, all));
    } else {
      out().println(summary(result));
    }
    return result.getProblems() == result.getRepaired() ? 0 : 1;
  }

  private CheckImagesResponse collect(Iterator<CheckImagesResponse> answers) {
    boolean drawing = session().terminal().errorSize().isPresent();
    var all = CheckImagesResponse.newBuilder();
    while (answers.hasNext()) {
      CheckImagesResponse answer = answers.next();
      all.addAllFindings(answer.getFindingsList());
      all.setChecked(answer.getChecked()).setTotal(answer.getTotal());
      all.setResult(answer.getResult());
      if (drawing) {
        session().err().print("\r\033[K");
      }
      if (format == OutputFormat.TABLE) {
        answer.getFindingsList().forEach(this::print);
      }
      if (drawing && !answer.hasResult()) {
        session()
            .err()
            .print("checking: " + answer.getChecked() + " of " + answer.getTotal() + " layers");
        session().err().flush();
      }
    }
    return all.build();
  }

  private void print(CheckFinding finding) {
    String images =
        finding.getImagesCount() == 0
            ? ""
            : " (of " + String.join(", ", finding.getImagesList()) + ")";
    out().println(finding.getSubject() + images + ": " + finding.getProblem());
    if (!finding.getOutcome().isEmpty()) {
      out()
          .println(
              (finding.getRepaired() ? "  repaired: " : "  not repaired: ") + finding.getOutcome());
    }
  }

  private String summary(CheckResult result) {
    String checked =
        Human.count(result.getImages(), "image")
            + ", "
            + Human.count(result.getLayers(), "layer")
            + " checked: ";
    if (result.getProblems() == 0) {
      return checked + "all as they should be";
    }
    int left = result.getProblems() - result.getRepaired();
    return checked
        + result.getProblems()
        + " bad, "
        + result.getRepaired()
        + " repaired"
        + (left > 0 && !repair ? "; --repair makes them again" : "");
  }
}
