package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.ContainerQuery;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageStatusResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry rmi}: removes images. */
@Command(name = "rmi", description = "Remove one or more images")
final class Rmi extends CriCommand {
  @Option(
      names = {"-a", "--all"},
      description = "Remove all images")
  private boolean all;

  @Option(
      names = {"-q", "--prune"},
      description = "Remove all images that no container uses and that are not pinned")
  private boolean prune;

  @Parameters(
      paramLabel = "IMAGE",
      description = "Name or id of an image; a name that is not its last is only taken from it")
  private List<String> images = new ArrayList<>();

  Rmi(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    if (all || prune) {
      List<String> chosen = chosen(client);
      if (chosen.isEmpty()) {
        session().err().println("No images to remove");
      }
      return each(chosen, image -> remove(client, image));
    }
    if (images.isEmpty()) {
      throw CliFailure.usage("rmi needs the name or id of an image, or --all or --prune");
    }
    return each(images, image -> remove(client, image));
  }

  private List<String> chosen(CriClient client) {
    Set<String> used = prune ? usedImages(client) : Set.of();
    return ImageFilter.list(client, "", List.of()).stream()
        .filter(i -> !prune || !i.getPinned())
        .map(Image::getId)
        .filter(id -> !used.contains(id))
        .toList();
  }

  private static Set<String> usedImages(CriClient client) {
    Set<String> names = new HashSet<>();
    for (var container : ContainerQuery.everything("").list(client)) {
      names.add(container.getImage().getImage());
    }
    Set<String> ids = new HashSet<>();
    for (String name : names) {
      ids.add(Calls.imageStatus(client, name, false).getImage().getId());
    }
    return ids;
  }

  private void remove(CriClient client, String image) {
    ImageStatusResponse before = Calls.imageStatus(client, image, false);
    if (!before.hasImage()) {
      throw CliFailure.of("remove image " + image + ": no such image");
    }
    Calls.removeImage(client, image);
    printRemoved(client, before.getImage());
  }

  // A runtime may take only the name away, or the image with all of its names.
  private void printRemoved(CriClient client, Image before) {
    Image after = Calls.imageStatus(client, before.getId(), false).getImage();
    List<String> names =
        before.getRepoTagsCount() > 0 ? before.getRepoTagsList() : before.getRepoDigestsList();
    names.stream()
        .filter(n -> !after.getRepoTagsList().contains(n))
        .filter(n -> !after.getRepoDigestsList().contains(n))
        .forEach(n -> out().println("Deleted: " + n));
    if (names.isEmpty()) {
      out().println("Deleted: " + before.getId());
    }
  }
}
