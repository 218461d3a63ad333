package dev.gantry.cli.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cli.CliFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipesTest {
  private static final String GOOD = "image: localhost/a:1\npackages: [dash]\n";

  @TempDir Path directory;
  private Path images = Path.of("");

  @SuppressWarnings("NullAway.Init")
  RecipesTest() {}

  @BeforeEach
  void make() throws IOException {
    images = Files.createDirectory(directory.resolve("images"));
  }

  private void recipe(String name, String text) throws IOException {
    Files.writeString(images.resolve(name), text);
  }

  @Test
  void theyLieBesideManifestsAndInDirectoriesOfThem() throws IOException {
    recipe("a.yaml", GOOD);
    recipe("README.md", "no recipe");
    String manifest = directory.resolve("web.yaml").toString();
    assertThat(Recipes.beside(List.of(manifest))).containsOnlyKeys("localhost/a:1");
    assertThat(Recipes.beside(List.of(directory.toString(), manifest, "-"))).hasSize(1);
    assertThat(Recipes.beside(List.of("-"))).isEmpty();
    assertThat(Recipes.beside(List.of(images.resolve("web.yaml").toString()))).isEmpty();
  }

  @Test
  void whatIsWrongIsNamedWithFileLineAndField() throws IOException {
    recipe("a.yaml", GOOD + "entry: [x]\nuser: 1000\nfiles:\n- {source: ../x, target: /x}\n");
    recipe("b.yaml", GOOD + "---\n" + GOOD);
    recipe("c.yaml", "packages: [Dash]\n");
    recipe("d.yaml", "image: localhost/d:1\npackages: ['x; rm -rf /']\n");
    recipe("e.yaml", "image: localhost/e:1\npackages: [--help]\n");
    assertThatThrownBy(() -> Recipes.beside(List.of(directory.toString())))
        .isInstanceOf(CliFailure.class)
        .message()
        .contains("a.yaml:3: entry: unknown field: did you mean \"entrypoint\"?")
        .contains("a.yaml:4: user: must be a string, but is the number 1000: put it in quotes")
        .contains("a.yaml:6: files[0]: source must be a file below the recipe's directory")
        .contains("b.yaml:1: must be one document, but has 2")
        .contains("c.yaml:1: image is missing: the name that manifests give")
        .contains("d.yaml:1: packages: \"x; rm -rf /\" is no name of a package")
        .contains("e.yaml:1: packages: \"--help\" is no name of a package");
  }

  @Test
  void anImageHasOneRecipe() throws IOException {
    recipe("a.yaml", GOOD);
    recipe("b.yaml", GOOD);
    assertThatThrownBy(() -> Recipes.beside(List.of(directory.toString())))
        .hasMessageContaining("b.yaml:1: image: localhost/a:1 has another recipe")
        .hasMessageContaining(": remove one of them");
  }

  @Test
  void theFingerprintIsThatOfTheRecipeAndItsFiles() throws IOException {
    recipe("page.html", "one");
    recipe("a.yaml", GOOD + "env: {B: one, A: two}\nfiles: [{source: page.html, target: /p}]\n");
    String first = fingerprint();
    assertThat(fingerprint()).isEqualTo(first);
    recipe("page.html", "two");
    String second = fingerprint();
    assertThat(second).isNotEqualTo(first);
    recipe("a.yaml", GOOD + "env: {B: one, A: three}\nfiles: [{source: page.html, target: /p}]\n");
    assertThat(fingerprint()).isNotEqualTo(second);
    Files.delete(images.resolve("page.html"));
    assertThatThrownBy(this::fingerprint).hasMessageContaining("no file " + images);
  }

  private String fingerprint() {
    return RecipeImage.fingerprint(
        Recipes.beside(List.of(directory.toString())).values().iterator().next());
  }
}
