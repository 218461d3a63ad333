package dev.gantry.agent.worker;

import dev.gantry.agent.api.Pod;
import dev.gantry.agent.manifest.ManifestException;
import dev.gantry.agent.manifest.Manifests;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Pods from the text of manifests. */
public final class TestPods {
  private TestPods() {}

  /** A pod with the uid {@code uid}, whose specification is this YAML, unindented. */
  public static Pod of(String spec) {
    String text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: pod\nspec:\n" + spec.indent(2);
    try {
      Pod pod =
          (Pod)
              Manifests.read(
                      "test", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
                  .getFirst();
      return pod.withMetadata(pod.metadata().withUid("uid"));
    } catch (IOException | ManifestException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
