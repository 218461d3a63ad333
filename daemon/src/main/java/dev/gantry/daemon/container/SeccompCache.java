package dev.gantry.daemon.container;

import dev.gantry.container.OnceCache;
import dev.gantry.linux.Boot;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.Platform;
import dev.gantry.oci.runtime.DefaultSeccomp;
import dev.gantry.oci.runtime.KernelVersion;
import dev.gantry.oci.runtime.Seccomp;
import dev.gantry.oci.runtime.SeccompProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Set;

/**
 * The filters that profiles come to, each made once: a container's filter depends on its profile
 * and its capabilities. A profile whose file has changed is another one.
 */
final class SeccompCache {
  private static final int MOST = 32;
  private static final String ARCH = Platform.host().arch();
  private static final KernelVersion KERNEL =
      new KernelVersion(Boot.kernelMajor(), Boot.kernelMinor());
  private static final OnceCache<Key, Seccomp> FILTERS = new OnceCache<>(MOST);

  private SeccompCache() {}

  /**
   * What a filter is made from.
   *
   * @param file of the node, or empty for the default profile
   */
  private record Key(String file, FileTime changed, long bytes, Set<String> capabilities) {}

  /** The default profile for a container with these capabilities. */
  static Seccomp byDefault(Set<String> capabilities) throws IOException {
    return FILTERS.get(
        new Key("", FileTime.fromMillis(0), 0, capabilities),
        () -> DefaultSeccomp.profile(capabilities, ARCH, KERNEL));
  }

  /**
   * The profile of a file.
   *
   * @throws OciFormatException when it is none
   */
  static Seccomp ofFile(Path file, Set<String> capabilities) throws IOException {
    return FILTERS.get(
        new Key(file.toString(), Files.getLastModifiedTime(file), Files.size(file), capabilities),
        () -> SeccompProfile.parse(Files.readAllBytes(file)).filter(capabilities, ARCH, KERNEL));
  }
}
