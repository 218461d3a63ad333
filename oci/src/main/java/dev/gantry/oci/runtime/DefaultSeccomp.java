package dev.gantry.oci.runtime;

import dev.gantry.oci.runtime.SeccompProfile.ProfileRule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** The seccomp profile {@code RuntimeDefault}: the one that container runtimes share. */
public final class DefaultSeccomp {
  private static final int EPERM = 1;

  private DefaultSeccomp() {}

  /** Reads the rules when they are first asked for. */
  private static final class Holder {
    static final List<ProfileRule> RULES = SeccompTable.parse(text());

    private static String text() {
      try (InputStream in = DefaultSeccomp.class.getResourceAsStream("default-seccomp.txt")) {
        if (in == null) {
          throw new IllegalStateException("default-seccomp.txt is missing beside this class");
        }
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Returns the filter for a container with this bounding set, on a kernel of 4.8 or later. */
  public static Seccomp profile(Set<String> capabilities, String goArch) {
    return profile(capabilities, goArch, new KernelVersion(4, 8));
  }

  /**
   * Returns the filter for a container.
   *
   * @param capabilities its bounding set, such as {@code CAP_SYS_ADMIN}
   * @param goArch the architecture in Go's name, as {@code Platform.arch()} gives it
   */
  public static Seccomp profile(Set<String> capabilities, String goArch, KernelVersion kernel) {
    return new SeccompProfile(
            Seccomp.ERRNO,
            EPERM,
            SeccompArch.filtered(goArch),
            List.of(),
            List.of(),
            null,
            null,
            Holder.RULES)
        .filter(capabilities, goArch, kernel);
  }
}
