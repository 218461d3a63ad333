package dev.gantry.image;

import dev.gantry.image.store.ImageRecord;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.InvalidReferenceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which images are kept by configuration, as CRI-O's {@code pinned_images}: a whole name ({@code
 * registry.k8s.io/pause:3.9}, {@code busybox}), one with {@code *} for anything ({@code
 * registry.k8s.io/*}, {@code *pause*}), or an id.
 */
final class PinnedNames {
  private final List<Pattern> patterns = new ArrayList<>();

  PinnedNames(List<String> names) {
    for (String name : names) {
      patterns.add(glob(name));
      if (name.indexOf('*') < 0) {
        full(name).ifPresent(full -> patterns.add(glob(full)));
      }
    }
  }

  private static Pattern glob(String name) {
    return Pattern.compile(
        Arrays.stream(name.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
  }

  /** As images are named here: with host and tag. */
  private static java.util.Optional<String> full(String name) {
    try {
      ImageReference reference = ImageReference.parse(name);
      return java.util.Optional.of(
          reference.digest() == null
              ? reference.toString()
              : reference.withDigest(reference.digest()).toString());
    } catch (InvalidReferenceException id) {
      return java.util.Optional.empty();
    }
  }

  boolean has(ImageRecord image) {
    return Stream.of(image.tags().stream(), image.digests().stream(), Stream.of(image.id()))
        .flatMap(s -> s)
        .anyMatch(name -> patterns.stream().anyMatch(p -> p.matcher(name).matches()));
  }
}
