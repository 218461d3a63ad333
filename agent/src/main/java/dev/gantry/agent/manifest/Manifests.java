package dev.gantry.agent.manifest;

import dev.gantry.agent.api.KubeObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads manifests. */
@SuppressWarnings("DoNotCallSuggester")
public final class Manifests {
  private Manifests() {}

  /**
   * Reads the objects of one file, in its order. Lists are taken apart.
   *
   * @throws ManifestException everything that is wrong with it
   */
  public static List<KubeObject> read(Path file) throws IOException, ManifestException {
    try (InputStream in = Files.newInputStream(file)) {
      return read(file.toString(), in);
    }
  }

  /**
   * Reads the objects of a stream.
   *
   * @param name what problems call it
   */
  public static List<KubeObject> read(String name, InputStream in)
      throws IOException, ManifestException {
    throw new UnsupportedOperationException(name + in);
  }
}
