package dev.gantry.cli.recipe;

import dev.gantry.agent.manifest.ManifestException;
import dev.gantry.agent.manifest.Manifests;
import dev.gantry.agent.manifest.Problem;
import dev.gantry.cli.CliFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The recipes that lie beside manifests: the {@code .yaml} files in the directory {@code images} of
 * the directory in which a manifest is.
 */
public final class Recipes {
  private static final String DIRECTORY = "images";

  private Recipes() {}

  /**
   * A recipe and where it stands.
   *
   * @param file the recipe's file; its files are named relative to that
   */
  public record Found(Path file, ImageRecipe recipe) {}

  /**
   * Reads all recipes beside manifests, by the name of the image.
   *
   * @param manifests files and directories as the command line names them; {@code -} has none
   * @throws CliFailure naming all that is wrong with them
   */
  public static Map<String, Found> beside(List<String> manifests) {
    Set<Path> directories = new LinkedHashSet<>();
    for (String name : manifests) {
      if (!name.equals("-")) {
        Path path = Path.of(name).toAbsolutePath();
        Path home = Files.isDirectory(path) ? path : path.resolveSibling("");
        directories.add(home.resolve(DIRECTORY).normalize());
      }
    }
    List<Problem> problems = new ArrayList<>();
    Map<String, Found> recipes = new LinkedHashMap<>();
    for (Path directory : directories) {
      for (Path file : files(directory)) {
        read(file, recipes, problems);
      }
    }
    if (!problems.isEmpty()) {
      throw CliFailure.of(
          "the recipes of images are wrong:\n  "
              + problems.stream().map(Problem::toString).collect(Collectors.joining("\n  ")));
    }
    return recipes;
  }

  private static List<Path> files(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(f -> f.toString().endsWith(".yaml") && Files.isRegularFile(f))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw CliFailure.of("read the recipes of images in " + directory + ": " + e, e);
    }
  }

  private static void read(Path file, Map<String, Found> into, List<Problem> problems) {
    try {
      ImageRecipe recipe = Manifests.record(file, ImageRecipe.class);
      Found other = into.putIfAbsent(recipe.image(), new Found(file, recipe));
      if (other != null) {
        String message = recipe.image() + " has another recipe, " + other.file();
        problems.add(
            new Problem(file.toString(), 1, "", "image", message + ": remove one of them"));
      }
    } catch (ManifestException e) {
      problems.addAll(e.problems());
    } catch (IOException e) {
      throw CliFailure.of("read recipe " + file + ": " + e, e);
    }
  }
}
