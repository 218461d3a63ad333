package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ListImagesRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Chooses images by crictl's conditions: {@code dangling=true}, {@code reference=REGEX}, {@code
 * before=IMAGE} and {@code since=IMAGE}, where CRI's order, by name, stands in for age.
 */
final class ImageFilter {
  private ImageFilter() {}

  /** The images of a name (empty: all) for which every condition holds, ordered by name. */
  static List<Image> list(CriClient client, String name, List<String> conditions) {
    var spec = ImageSpec.newBuilder().setImage(name);
    var filter = dev.gantry.cri.v1.ImageFilter.newBuilder().setImage(spec);
    var request = ListImagesRequest.newBuilder().setFilter(filter).build();
    List<Image> images =
        client.readImages("list images", s -> s.listImages(request)).getImagesList().stream()
            .sorted(Comparator.comparing(ImageFilter::order))
            .toList();
    for (String condition : conditions) {
      images = holding(condition, images);
    }
    return images;
  }

  private static String order(Image image) {
    if (image.getRepoTagsCount() > 0) {
      return image.getRepoTags(0);
    }
    return image.getRepoDigestsCount() > 0 ? image.getRepoDigests(0) : image.getId();
  }

  private static List<Image> holding(String condition, List<Image> images) {
    int equals = condition.indexOf('=');
    String value = condition.substring(equals + 1);
    return switch (equals < 0 ? "" : condition.substring(0, equals)) {
      case "dangling" -> dangling(value, images);
      case "reference" -> reference(value, images);
      case "since" -> upTo(value, images);
      case "before" -> upTo(value, images.reversed()).reversed();
      default ->
          throw CliFailure.usage(
              "--filter "
                  + condition
                  + ": must begin with dangling=, reference=, before= or since=");
    };
  }

  private static List<Image> dangling(String value, List<Image> images) {
    if (!value.equals("true") && !value.equals("false")) {
      throw CliFailure.usage("--filter dangling=" + value + ": must be true or false");
    }
    boolean wanted = value.equals("true");
    return images.stream().filter(i -> (i.getRepoTagsCount() == 0) == wanted).toList();
  }

  private static List<Image> reference(String expression, List<Image> images) {
    try {
      Pattern pattern = Pattern.compile(expression);
      return images.stream()
          .filter(i -> pattern.matcher(repository(i).orElse("<none>")).find())
          .toList();
    } catch (PatternSyntaxException e) {
      throw CliFailure.usage(
          "--filter reference=" + expression + ": not a regular expression: " + e.getDescription());
    }
  }

  private static List<Image> upTo(String image, List<Image> images) {
    List<Image> before = new ArrayList<>();
    for (Image candidate : images) {
      if (is(candidate, image)) {
        break;
      }
      before.add(candidate);
    }
    return before;
  }

  private static boolean is(Image image, String text) {
    return image.getRepoTagsList().contains(text)
        || image.getRepoDigestsList().stream()
            .anyMatch(d -> text.contains("@") && d.startsWith(text))
        || image.getId().startsWith(text)
        || image.getId().startsWith("sha256:" + text);
  }

  /** The repository of an image's digest. */
  static Optional<String> repository(Image image) {
    return image.getRepoDigestsList().stream()
        .filter(d -> d.contains("@"))
        .findFirst()
        .map(d -> d.substring(0, d.indexOf('@')));
  }
}
