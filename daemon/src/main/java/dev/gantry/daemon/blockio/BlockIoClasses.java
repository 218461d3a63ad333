package dev.gantry.daemon.blockio;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.yaml.YamlFormatException;
import dev.gantry.daemon.yaml.YamlMap;
import dev.gantry.oci.runtime.BlockIo;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The block I/O classes of a node, in the format and with the annotations that containerd and CRI-O
 * share. The file is read anew for each container that has a class.
 *
 * @param file the configuration, null where the administrator has set none
 * @see <a href="https://github.com/intel/goresctrl/blob/main/doc/blockio.md">goresctrl, block
 *     I/O</a>
 */
public record BlockIoClasses(@Nullable Path file) {
  private static final String CONTAINER = "io.kubernetes.cri.blockio-class";
  private static final String POD = "blockio.resources.beta.kubernetes.io/pod";
  private static final String POD_CONTAINER = "blockio.resources.beta.kubernetes.io/container.";

  /** A class and the annotation that names it. */
  private record Choice(String annotation, String name) {}

  /**
   * The weights and throttles of a container, nothing when it has no class. Reads files, so it may
   * block.
   *
   * @throws CallFailure FAILED_PRECONDITION naming the annotation and what is missing or wrong
   */
  public @Nullable BlockIo of(PodSandboxConfig pod, ContainerConfig container)
      throws IOException, CallFailure {
    Optional<Choice> choice = choice(pod, container);
    if (choice.isEmpty()) {
      return null;
    }
    String annotation =
        "annotation " + choice.get().annotation() + ": class " + choice.get().name();
    if (file == null) {
      throw CallFailure.precondition(annotation + ": container.blockio_config is not set");
    }
    try {
      YamlMap classes =
          YamlMap.read(file)
              .map("Classes")
              .orElseThrow(() -> new YamlFormatException(file + ": Classes is missing"));
      if (!classes.has(choice.get().name())) {
        throw CallFailure.precondition(
            annotation + ": " + file + " has no such class, but " + classes.keys());
      }
      return BlockIoParser.parse(classes.maps(choice.get().name()));
    } catch (NoSuchFileException e) {
      throw CallFailure.precondition(annotation + ": " + file + " does not exist");
    } catch (YamlFormatException e) {
      throw CallFailure.precondition(annotation + ": " + e.getMessage());
    }
  }

  private static Optional<Choice> choice(PodSandboxConfig pod, ContainerConfig container) {
    String own = POD_CONTAINER + container.getMetadata().getName();
    Map<String, String> ofPod = pod.getAnnotationsMap();
    for (Choice choice :
        List.of(
            new Choice(CONTAINER, container.getAnnotationsMap().getOrDefault(CONTAINER, "")),
            new Choice(own, ofPod.getOrDefault(own, "")),
            new Choice(POD, ofPod.getOrDefault(POD, "")))) {
      if (!choice.name().isEmpty()) {
        return Optional.of(choice);
      }
    }
    return Optional.empty();
  }
}
