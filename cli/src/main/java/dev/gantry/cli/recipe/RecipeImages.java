package dev.gantry.cli.recipe;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.Calls;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.node.NodeClient;
import dev.gantry.cli.node.PodTarget;
import dev.gantry.cri.json.ProtoJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes the images of manifests for which there are recipes, unless the runtime has them. */
public final class RecipeImages {
  private final Session session;
  private final NodeClient node;

  public RecipeImages(Session session, NodeClient node) {
    this.session = session;
    this.node = node;
  }

  /**
   * Makes what is missing, and what was made of another recipe than there is now.
   *
   * @param recipes by the name of the image
   */
  public void make(List<KubeObject> objects, Map<String, Recipes.Found> recipes) {
    List<Recipes.Found> wanted = new ArrayList<>();
    for (String image : images(objects)) {
      Recipes.Found found = recipes.get(image);
      if (found != null) {
        wanted.add(found);
      }
    }
    if (wanted.isEmpty()) {
      return;
    }
    String runtime = String.valueOf(node.node().get("runtime"));
    try (CriClient client = PodTarget.connect(session, node)) {
      for (Recipes.Found found : wanted) {
        if (!runtime.startsWith("gantry ")) {
          requirePresent(client, found, runtime);
        } else if (!RecipeImage.fingerprint(found)
            .equals(fingerprint(client, found.recipe().image()))) {
          make(client, found);
        }
      }
    }
  }

  /** CRI has no call by which a runtime could be given an image. */
  private static void requirePresent(CriClient client, Recipes.Found found, String runtime) {
    String image = found.recipe().image();
    if (!Calls.imageStatus(client, image, false).hasImage()) {
      throw CliFailure.of(
              "image "
                  + image
                  + " has a recipe, but cannot be given to the node's runtime, "
                  + runtime)
          .advise("import it there with that runtime's tools, or use a node with Gantry's own");
    }
  }

  private void make(CriClient client, Recipes.Found found) {
    ImageRecipe recipe = found.recipe();
    session.out().println("making image " + recipe.image() + " of Debian packages …");
    session.out().flush();
    long start = System.nanoTime();
    try (RecipeImage image = new RecipeImage(found)) {
      int packages = image.make(client);
      session
          .out()
          .printf(
              Locale.ROOT,
              "image/%s made of %s (%d packages) in %.1f s%n",
              recipe.image(),
              String.join(", ", recipe.packages()),
              packages,
              (System.nanoTime() - start) / 1e9);
    } catch (IOException e) {
      throw CliFailure.of("make image " + recipe.image() + ": " + e.getMessage(), e)
          .advise("its recipe is " + found.file());
    }
  }

  /** What the image that the runtime has was made of; null if it has none, or it is another's. */
  private static @Nullable String fingerprint(CriClient client, String image) {
    String info = Calls.imageStatus(client, image, true).getInfoMap().get("info");
    Object at = info == null ? null : ProtoJson.parseTree(info);
    for (String name : List.of("imageSpec", "config", "Labels", RecipeImage.LABEL)) {
      at = at instanceof Map<?, ?> map ? map.get(name) : null;
    }
    return at instanceof String text ? text : null;
  }

  private static Set<String> images(List<KubeObject> objects) {
    Set<String> images = new LinkedHashSet<>();
    for (KubeObject object : objects) {
      switch (object) {
        case Pod pod -> add(pod.spec(), images);
        case Deployment deployment -> add(deployment.spec().template().spec(), images);
        default -> {
          // has no containers
        }
      }
    }
    return images;
  }

  private static void add(PodSpec spec, Set<String> images) {
    spec.initContainers().stream().map(Container::image).forEach(images::add);
    spec.containers().stream().map(Container::image).forEach(images::add);
    spec.volumes()
        .forEach(volume -> {
          var source = volume.image();
          if (source != null) {
            images.add(source.reference());
          }
        });
  }
}
