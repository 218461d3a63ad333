package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.output.Human;
import dev.gantry.cli.output.OutputFormat;
import dev.gantry.cli.output.StatusDocument;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageStatusResponse;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry inspecti}: everything about images. */
@Command(name = "inspecti", description = "Display the status of one or more images")
final class Inspecti extends CriCommand {
  @Mixin private InspectOptions options = new InspectOptions();

  @Option(names = "--name", paramLabel = "NAME", description = "Only the image of this name")
  private String name = "";

  @Option(
      names = {"-f", "--filter"},
      paramLabel = "CONDITION",
      description = "Only images for which dangling=, reference=, before= or since= holds")
  private List<String> conditions = new ArrayList<>();

  @Parameters(paramLabel = "IMAGE", description = "Name or id")
  private List<String> images = new ArrayList<>();

  Inspecti(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    List<String> ids =
        images.isEmpty()
            ? ImageFilter.list(client, name, conditions).stream().map(Image::getId).toList()
            : images;
    if (ids.isEmpty()) {
      throw CliFailure.of("inspecti: no image named, and none found by the options");
    }
    List<StatusDocument> documents = new ArrayList<>();
    for (String id : ids) {
      ImageStatusResponse response = Calls.imageStatus(client, id, !options.quiet);
      if (!response.hasImage()) {
        throw CliFailure.of("inspect image " + id + ": no such image")
            .advise("list them: gantry images");
      }
      if (options.format == OutputFormat.TABLE) {
        printFields(response);
      } else {
        documents.add(StatusDocument.of(response.getImage(), response.getInfoMap()));
      }
    }
    if (options.format != OutputFormat.TABLE) {
      out().println(StatusDocument.print(options.format, documents));
    }
    return 0;
  }

  private void printFields(ImageStatusResponse response) {
    Image image = response.getImage();
    Fields fields = new Fields(out());
    fields.add("ID", image.getId());
    image.getRepoTagsList().forEach(tag -> fields.add("Tag", tag));
    image.getRepoDigestsList().forEach(digest -> fields.add("Digest", digest));
    fields.add("Size", Human.size(image.getSize(), 3));
    fields.add("Info", response.getInfoMap());
  }
}
