package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.output.Human;
import dev.gantry.cli.output.Messages;
import dev.gantry.cli.output.OutputFormat;
import dev.gantry.cli.output.Table;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ListImagesResponse;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry images}: lists images. */
@Command(
    name = "images",
    aliases = {"image", "img"},
    description = "List images")
final class Images extends CriCommand {
  private static final String NONE = "<none>";

  @Mixin private ListOptions list = new ListOptions();

  @Option(
      names = {"-v", "--verbose"},
      description = "Everything that a list says about an image")
  private boolean verbose;

  @Option(
      names = {"-f", "--filter"},
      paramLabel = "CONDITION",
      description = "Only images for which dangling=, reference=, before= or since= holds")
  private List<String> conditions = new ArrayList<>();

  @Option(names = "--digests", description = "Show digests")
  private boolean digests;

  @Option(names = "--pinned", description = "Show whether an image is pinned")
  private boolean pinned;

  @Parameters(
      arity = "0..1",
      paramLabel = "REPOSITORY[:TAG]",
      description = "Only the image of this name")
  private String name = "";

  Images(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    List<Image> images = ImageFilter.list(client, name, conditions);
    if (list.format != OutputFormat.TABLE) {
      var all = ListImagesResponse.newBuilder().addAllImages(images).build();
      out().println(Messages.text(list.format, all));
    } else if (list.quiet) {
      images.forEach(i -> out().println(i.getId()));
    } else if (verbose) {
      images.forEach(this::printVerbosely);
    } else {
      printTable(images);
    }
    return 0;
  }

  private void printTable(List<Image> images) {
    Table table = Table.of(row("IMAGE", "TAG", "DIGEST", "IMAGE ID", "SIZE", "PINNED"));
    for (Image image : images) {
      String repository = ImageFilter.repository(image).orElse(NONE);
      List<String> tags = image.getRepoTagsList().isEmpty() ? List.of("") : image.getRepoTagsList();
      for (String tag : tags) {
        int colon = tag.lastIndexOf(':');
        table.row(
            row(
                colon < 0 ? repository : tag.substring(0, colon),
                colon < 0 ? NONE : tag.substring(colon + 1),
                digest(image),
                list.digest(image.getId()),
                Human.size(image.getSize(), 3),
                String.valueOf(image.getPinned())));
      }
    }
    table.print(out());
  }

  private List<String> row(
      String name, String tag, String digest, String id, String size, String pin) {
    List<String> cells = new ArrayList<>(List.of(name, tag));
    if (digests) {
      cells.add(digest);
    }
    cells.addAll(List.of(id, size));
    if (pinned) {
      cells.add(pin);
    }
    return cells;
  }

  private String digest(Image image) {
    return image.getRepoDigestsList().stream()
        .findFirst()
        .map(d -> list.digest(d.substring(d.indexOf('@') + 1)))
        .orElse(NONE);
  }

  private void printVerbosely(Image image) {
    Fields fields = new Fields(out());
    fields.add("ID", image.getId());
    image.getRepoTagsList().forEach(tag -> fields.add("RepoTags", tag));
    image.getRepoDigestsList().forEach(digest -> fields.add("RepoDigests", digest));
    fields.add("Size", image.getSize() == 0 ? "" : Long.toUnsignedString(image.getSize()));
    fields.add("Uid", image.hasUid() ? String.valueOf(image.getUid().getValue()) : "");
    fields.add("Username", image.getUsername());
    fields.add("Pinned", image.getPinned() ? "true" : "");
    out().println();
  }
}
