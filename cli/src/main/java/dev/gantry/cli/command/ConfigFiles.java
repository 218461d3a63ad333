package dev.gantry.cli.command;

import com.google.protobuf.MessageLite;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.output.Yaml;
import dev.gantry.cri.json.ProtoJson;
import dev.gantry.cri.json.ProtoJsonException;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/** Reads the configuration of pods and containers that people write, JSON or YAML. */
final class ConfigFiles {
  private static final long LARGEST_FILE = 4 << 20;

  private ConfigFiles() {}

  /**
   * Reads a pod's configuration; one without a uid gets a random one.
   *
   * @throws CliFailure naming the file and what is wrong with it
   */
  static PodSandboxConfig pod(Path file) {
    PodSandboxConfig config = read(file, PodSandboxConfig.getDefaultInstance());
    demand(config.hasMetadata(), file, "metadata is not set");
    demand(!config.getMetadata().getName().isEmpty(), file, "metadata.name is not set");
    demand(!config.getMetadata().getNamespace().isEmpty(), file, "metadata.namespace is not set");
    if (!config.getMetadata().getUid().isEmpty()) {
      return config;
    }
    var metadata = config.getMetadata().toBuilder().setUid(UUID.randomUUID().toString());
    return config.toBuilder().setMetadata(metadata).build();
  }

  /**
   * Reads a container's configuration; the image it names is also the one the user specified.
   *
   * @throws CliFailure naming the file and what is wrong with it
   */
  static ContainerConfig container(Path file) {
    ContainerConfig config = read(file, ContainerConfig.getDefaultInstance());
    demand(config.hasMetadata(), file, "metadata is not set");
    demand(!config.getMetadata().getName().isEmpty(), file, "metadata.name is not set");
    demand(!config.getImage().getImage().isEmpty(), file, "image.image is not set");
    if (!config.getImage().getUserSpecifiedImage().isEmpty()) {
      return config;
    }
    var image = config.getImage().toBuilder().setUserSpecifiedImage(config.getImage().getImage());
    return config.toBuilder().setImage(image).build();
  }

  private static <M extends MessageLite> M read(Path file, M prototype) {
    String text = text(file);
    try {
      // JSON goes as it is: YAML forbids the tabs by which some indent it.
      if (text.stripLeading().startsWith("{")) {
        return ProtoJson.parse(text, prototype);
      }
      Object tree = Yaml.parse(file.toString(), text);
      demand(tree instanceof Map, file, "is no object");
      return ProtoJson.fromTree(tree, prototype);
    } catch (ProtoJsonException e) {
      throw CliFailure.of("read " + file + ": " + e.getMessage(), e);
    }
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > LARGEST_FILE) {
        throw CliFailure.of("read " + file + ": larger than 4 MiB, so hardly a configuration");
      }
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw CliFailure.of("read " + file + ": no such file", e);
    } catch (MalformedInputException e) {
      throw CliFailure.of("read " + file + ": is no UTF-8 text", e);
    } catch (IOException e) {
      throw CliFailure.of("read " + file + ": " + e.getMessage(), e);
    }
  }

  private static void demand(boolean holds, Path file, String fault) {
    if (!holds) {
      throw CliFailure.of("read " + file + ": " + fault);
    }
  }
}
