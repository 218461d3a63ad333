package dev.gantry.container;

import dev.gantry.oci.runtime.RuntimeSpec;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A container to be made.
 *
 * @param id its id, also for the runtime
 * @param name for conmon's messages
 * @param bundle an existing private directory with the root file system; config.json is written
 *     here
 * @param spec what becomes config.json; whether conmon makes a terminal is in its process
 * @param persistDir where conmon notes how the container ended, most often the bundle itself
 * @param exitDir where conmon puts the file that {@link ExitWatcher} sees
 * @param log where the output goes, or null to drop it
 * @param cgroupPath the container's cgroup as a path below the hierarchies' roots; the spec names
 *     it as its cgroup driver wants it
 * @param stdin whether the container has a standard input that clients can attach to
 * @param stdinOnce whether that input ends with the first client
 */
public record CreateRequest(
    String id,
    String name,
    Path bundle,
    RuntimeSpec spec,
    Path persistDir,
    Path exitDir,
    @Nullable LogTarget log,
    String cgroupPath,
    boolean stdin,
    boolean stdinOnce) {
  private static final Pattern ID = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.+-]{0,127}");

  public CreateRequest {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("not a container id: \"" + id + "\"");
    }
    if (!bundle.isAbsolute() || !persistDir.isAbsolute() || !exitDir.isAbsolute()) {
      throw new IllegalArgumentException("container " + id + ": paths must be absolute");
    }
  }

  /** Whether the container's process has a terminal. */
  public boolean terminal() {
    return spec.process() != null && spec.process().terminal();
  }

  /** What names this container to the calls that follow, before anything of it is made. */
  public ContainerRef planned() {
    return new ContainerRef(
        id,
        bundle,
        persistDir,
        exitDir,
        log == null ? null : log.path(),
        cgroupPath,
        null,
        null,
        terminal());
  }

  /** The same after it was made. */
  public ContainerRef made(Created created) {
    return planned().with(Objects.requireNonNull(created).conmon(), created.init());
  }
}
