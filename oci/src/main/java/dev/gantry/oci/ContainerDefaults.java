package dev.gantry.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an image wants of a container made from it. Docker writes absent lists and maps as null.
 *
 * @param user {@code user[:group]}, names or numbers; null where the image names none
 * @param env {@code NAME=value} strings
 * @param volumes paths that should be volumes
 * @param exposedPorts {@code port/protocol} strings
 * @param stopSignal a signal's name or number
 * @see <a href="https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md">image-spec,
 *     image configuration</a>
 */
@Json
public record ContainerDefaults(
    @Json.Property("User") @Nullable String user,
    @Json.Property("ExposedPorts") NameSet exposedPorts,
    @Json.Property("Env") List<String> env,
    @Json.Property("Entrypoint") List<String> entrypoint,
    @Json.Property("Cmd") List<String> cmd,
    @Json.Property("Volumes") NameSet volumes,
    @Json.Property("WorkingDir") @Nullable String workingDir,
    @Json.Property("Labels") Map<String, String> labels,
    @Json.Property("StopSignal") @Nullable String stopSignal) {

  /** The defaults of an image that states none. */
  public static final ContainerDefaults NONE =
      new ContainerDefaults(
          null,
          NameSet.EMPTY,
          List.of(),
          List.of(),
          List.of(),
          NameSet.EMPTY,
          null,
          Map.of(),
          null);

  public ContainerDefaults {
    user = Values.blankToNull(user);
    exposedPorts = NameSet.orEmpty(exposedPorts);
    env = Values.list(env);
    entrypoint = Values.list(entrypoint);
    cmd = Values.list(cmd);
    volumes = NameSet.orEmpty(volumes);
    workingDir = Values.blankToNull(workingDir);
    labels = Values.map(labels);
    stopSignal = Values.blankToNull(stopSignal);
  }
}
