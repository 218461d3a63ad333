package dev.gantry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the floor needs to make the same container as Gantry: the configuration that Gantry has
 * handed to the OCI runtime, with this container's paths and names taken out, and the layers of its
 * root file system.
 *
 * @param config config.json with {@code @POD@} for the directory and {@code @ID@} for the name
 * @param lower the overlay's lower directories, the topmost first, joined by colons
 */
record FloorTemplate(String config, String lower) {
  private static final Pattern LOWER = Pattern.compile("lowerdir\\+?=([^, ]+)");

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
    return new FloorTemplate(config, lower(Files.readString(bundle.resolve("pidfile")).strip()));
  }

  /** Of the root file system as the container's first process sees it: the node does not. */
  private static String lower(String process) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", process, "mountinfo"))) {
      if (line.contains(" / / ")) {
        StringBuilder lower = new StringBuilder();
        Matcher matcher = LOWER.matcher(line);
        while (matcher.find()) {
          lower.append(lower.isEmpty() ? "" : ":").append(matcher.group(1));
        }
        return lower.toString();
      }
    }
    throw new IOException("process " + process + " has no root file system");
  }

  /** The same without the compiled seccomp filter, which only Gantry hands to crun. */
  FloorTemplate withoutCompiledFilter() {
    return new FloorTemplate(COMPILED_FILTER.matcher(config).replaceAll(""), lower);
  }
}
