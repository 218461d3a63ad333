package dev.gantry.image.registry;

import java.nio.file.Path;
import java.util.List;

/**
 * A {@code [[registry]]} table of registries.conf.
 *
 * @param prefix of image names, {@code host[:port][/path]} or {@code *.host}
 * @param location what stands in the prefix's place, empty for the prefix itself
 * @param file where it was written
 */
record RegistryTable(
    String prefix,
    String location,
    boolean insecure,
    boolean blocked,
    List<Mirror> mirrors,
    Path file) {

  /** When a mirror is used. */
  enum Use {
    ALL,
    DIGEST_ONLY,
    TAG_ONLY;

    boolean fits(boolean byDigest) {
      return this == ALL || (this == DIGEST_ONLY) == byDigest;
    }
  }

  /** A {@code [[registry.mirror]]} table. */
  record Mirror(String location, boolean insecure, Use use) {}

  /** How many characters of an image's name the prefix stands for, -1 when it is another's. */
  int matched(String name) {
    int end;
    if (prefix.startsWith("*.")) {
      String suffix = prefix.substring(1);
      int at = name.indexOf(suffix);
      if (at < 0 || name.substring(0, at).contains("/")) {
        return -1;
      }
      end = at + suffix.length();
    } else {
      if (!name.startsWith(prefix)) {
        return -1;
      }
      end = prefix.length();
    }
    return end == name.length() || ":/@".indexOf(name.charAt(end)) >= 0 ? end : -1;
  }

  /** The name with this place instead of the prefix. */
  String rewrite(String name, String place) {
    return place.isEmpty() ? name : place + name.substring(matched(name));
  }
}
