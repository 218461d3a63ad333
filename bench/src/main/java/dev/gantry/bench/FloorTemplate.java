package dev.gantry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * What the floor needs to make the same container as Gantry: the configuration that Gantry has
 * handed to the OCI runtime, with this container's paths and names taken out.
 *
 * @param config config.json with {@code @POD@} for the directory and {@code @ID@} for the name
 */
record FloorTemplate(String config) {
  /** The filter that Gantry compiles once, so that crun need not for every container. */
  private static final Pattern COMPILED_FILTER =
      Pattern.compile("\"run\\.oci\\.seccomp_bpf_data\":\"[^\"]*\",?");

  /** Takes it from a container that was started. */
  static FloorTemplate of(Workspace workspace, CriContender.CriPod pod) throws IOException {
    Path bundle = workspace.daemonState().resolve("containers").resolve(pod.containerId());
    Path podDirectory = workspace.daemonState().resolve("pods").resolve(pod.podId());
    String config =
        Files.readString(bundle.resolve("config.json"))
            .replace(bundle.toString(), "@POD@")
            .replace(podDirectory.toString(), "@POD@")
            .replace(pod.cgroupParent(), workspace.cgroup() + "/floor-@ID@")
            .replace(pod.containerId(), "@ID@");
    if (config.contains(workspace.daemonState().toString())) {
      throw new IOException(
          "config.json of a container names files that the floor does not have: " + bundle);
    }
    return new FloorTemplate(config);
  }

  /** The same without the compiled seccomp filter, which only Gantry hands to crun. */
  FloorTemplate withoutCompiledFilter() {
    return new FloorTemplate(COMPILED_FILTER.matcher(config).replaceAll(""));
  }
}
