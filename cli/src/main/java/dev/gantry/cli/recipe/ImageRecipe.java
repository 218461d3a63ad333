package dev.gantry.cli.recipe;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What an image is made of.
 *
 * @param image its name, as manifests give it
 * @param packages Debian packages; what they depend on comes along
 * @param files more files, copied into it
 * @param user what its processes run as: {@code UID} or {@code UID:GID}; empty for root
 * @param env variables of its processes
 * @param workingDir their directory
 * @param entrypoint the program that is run
 * @param cmd its arguments, as long as a manifest says nothing else
 */
public record ImageRecipe(
    String image,
    List<String> packages,
    List<RecipeFile> files,
    String user,
    Map<String, String> env,
    String workingDir,
    List<String> entrypoint,
    List<String> cmd) {
  // Debian policy, 5.6.7: names of packages.
  private static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+.-]+");
  private static final Pattern USER = Pattern.compile("\\d{1,9}(:\\d{1,9})?");

  /**
   * A file that is copied into the image.
   *
   * @param source relative to the recipe
   * @param target absolute, in the image
   * @param mode as chmod takes it; empty for 0644
   */
  public record RecipeFile(String source, String target, String mode) {
    private static final Pattern MODE = Pattern.compile("0?[0-7]{3}");

    public RecipeFile {
      if (source.isEmpty() || source.startsWith("/") || source.matches("(.*/)?\\.\\.(/.*)?")) {
        throw new IllegalArgumentException(
            "source must be a file below the recipe's directory, but is \"" + source + "\"");
      }
      if (!target.startsWith("/")
          || target.endsWith("/")
          || target.matches("(.*/)?\\.\\.?(/.*)?")) {
        throw new IllegalArgumentException(
            "target must be the absolute path of a file, but is \"" + target + "\"");
      }
      if (!mode.isEmpty() && !MODE.matcher(mode).matches()) {
        throw new IllegalArgumentException(
            "mode must be such as \"0755\", in quotes, but is \"" + mode + "\"");
      }
    }
  }

  public ImageRecipe {
    packages = List.copyOf(packages);
    files = List.copyOf(files);
    env = Collections.unmodifiableMap(new TreeMap<>(env)); // in one order, for fingerprints
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    if (image.isEmpty()) {
      throw new IllegalArgumentException(
          "image is missing: the name that manifests give, such as localhost/web:1");
    }
    if (packages.isEmpty()) {
      throw new IllegalArgumentException("packages is missing: a list of Debian packages");
    }
    for (String name : packages) {
      if (!PACKAGE.matcher(name).matches()) {
        throw new IllegalArgumentException("packages: \"" + name + "\" is no name of a package");
      }
    }
    if (!user.isEmpty() && !USER.matcher(user).matches()) {
      throw new IllegalArgumentException(
          "user must be a number or UID:GID in quotes, but is \"" + user + "\"");
    }
    if (!workingDir.isEmpty() && !workingDir.startsWith("/")) {
      throw new IllegalArgumentException("workingDir must be an absolute path");
    }
  }
}
