package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cri.gantry.UntagImageRequest;
import dev.gantry.cri.gantry.UntagImageResponse;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code gantry untag}: takes names from images. */
@Command(
    name = "untag",
    description = "Take a name from an image, which goes with its last one; see also rmi")
final class Untag extends CriCommand {
  @Parameters(arity = "1..*", paramLabel = "NAME[:TAG]", description = "The name")
  private List<String> names = new ArrayList<>();

  Untag(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    return each(
        names,
        name -> {
          var request = UntagImageRequest.newBuilder().setName(name).build();
          UntagImageResponse answer =
              client.workGantry("untag image " + name, s -> s.untagImage(request));
          out().println((answer.getRemoved() ? "Deleted: " : "Untagged: ") + answer.getName());
        });
  }
}
