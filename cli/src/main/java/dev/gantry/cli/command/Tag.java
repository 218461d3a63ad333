package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cri.gantry.TagImageRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code gantry tag}: gives an image a further name. */
@Command(name = "tag", description = "Give an image a further name")
final class Tag extends CriCommand {
  @Parameters(index = "0", paramLabel = "IMAGE", description = "Its name or id")
  private String image = "";

  @Parameters(
      index = "1",
      paramLabel = "NAME[:TAG]",
      description = "The further name; an image that has it loses it")
  private String name = "";

  Tag(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    var request = TagImageRequest.newBuilder().setImage(image).setName(name).build();
    out().println(client.workGantry("tag image " + image, s -> s.tagImage(request)).getName());
    return 0;
  }
}
