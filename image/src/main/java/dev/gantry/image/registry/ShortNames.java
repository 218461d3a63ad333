package dev.gantry.image.registry;

import dev.gantry.image.RegistryException;
import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.registry.RegistriesToml.Content;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.InvalidReferenceException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a name without a registry stands for: the alias that podman or another tool of containers
 * has recorded, else that in registries.conf, else the same name at each of the {@code
 * unqualified-search-registries}; where neither is configured, Docker Hub, as everywhere. Names
 * with a registry stand for themselves.
 *
 * <p>There is nobody to ask, so {@code short-name-mode = "enforcing"} with several registries to
 * search is an error, and {@code permissive} is the same as {@code disabled}: all are tried in
 * order. Nothing is recorded here.
 */
public final class ShortNames {
  private final RegistriesConf conf;
  private final RegistriesConf recorded;

  /**
   * @param recorded aliases that go before those in {@code conf}
   */
  ShortNames(RegistriesConf conf, RegistriesConf recorded) {
    this.conf = conf;
    this.recorded = recorded;
  }

  /**
   * The names to try, in order; never empty.
   *
   * @throws RegistryException when the configuration does not parse or leaves it open
   * @throws InvalidReferenceException when it is no name
   */
  public List<ImageReference> candidates(String name) throws RegistryException {
    ImageReference plain = ImageReference.parse(name);
    if (!isShort(name)) {
      return List.of(plain);
    }
    Content content;
    Map<String, String> known;
    try {
      content = conf.content();
      known = recorded.content().aliases();
    } catch (IOException e) {
      throw failed(plain, "" + e.getMessage(), e);
    }
    int end = nameEnd(name);
    String suffix = name.substring(end);
    String key = name.substring(0, end);
    // One that is recorded as empty says that there is none, whatever registries.conf has.
    String alias = known.getOrDefault(key, content.aliases().getOrDefault(key, ""));
    if (!alias.isEmpty()) {
      return List.of(ImageReference.parse(alias + suffix));
    }
    List<String> searched = content.searched();
    if (searched == null || searched.isEmpty()) {
      return List.of(plain);
    }
    if (searched.size() > 1 && "enforcing".equals(content.shortNameMode())) {
      throw failed(
          plain,
          "the short name '"
              + name
              + "' may be of any of "
              + searched
              + " and short-name-mode is enforcing; name the registry",
          null);
    }
    var found = new ArrayList<ImageReference>();
    for (String host : searched) {
      found.add(ImageReference.parse(host + "/" + name));
    }
    return found;
  }

  private static RegistryException failed(
      ImageReference plain, String why, @Nullable Throwable cause) {
    return new RegistryException(
        Kind.CONFIGURATION, List.of(new Attempt(plain.familiarName(), 0, why)), cause);
  }

  /** Whether the name has no registry in front. */
  static boolean isShort(String name) {
    int slash = name.indexOf('/');
    if (slash < 0) {
      return true;
    }
    String first = name.substring(0, slash);
    return !first.contains(".")
        && !first.contains(":")
        && !first.equals("localhost")
        && first.equals(first.toLowerCase(Locale.ROOT));
  }

  /** Whether it is a whole name with a registry, without tag and digest. */
  static boolean isFull(String name) {
    try {
      return !isShort(name)
          && nameEnd(name) == name.length()
          && !ImageReference.parseName(name).host().isEmpty();
    } catch (InvalidReferenceException e) {
      return false;
    }
  }

  private static int nameEnd(String name) {
    int at = name.indexOf('@');
    int end = at < 0 ? name.length() : at;
    int colon = name.lastIndexOf(':', end - 1);
    return colon > name.lastIndexOf('/', end - 1) ? colon : end;
  }
}
