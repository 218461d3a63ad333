package dev.gantry.oci.runtime;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Go's architecture names in libseccomp's words, with the 32-bit ones a 64-bit kernel also runs.
 */
final class SeccompArch {
  private static final Map<String, List<String>> BY_GO_NAME =
      Map.ofEntries(
          Map.entry("386", List.of("SCMP_ARCH_X86")),
          Map.entry("amd64", List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32")),
          Map.entry("arm", List.of("SCMP_ARCH_ARM")),
          Map.entry("arm64", List.of("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM")),
          Map.entry("loong64", List.of("SCMP_ARCH_LOONGARCH64")),
          Map.entry("mips64", List.of("SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64N32")),
          Map.entry(
              "mips64le",
              List.of("SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64N32")),
          Map.entry("ppc64le", List.of("SCMP_ARCH_PPC64LE")),
          Map.entry("riscv64", List.of("SCMP_ARCH_RISCV64")),
          Map.entry("s390x", List.of("SCMP_ARCH_S390X", "SCMP_ARCH_S390")));

  private SeccompArch() {}

  /** Returns the architecture itself first; nothing for one that libseccomp does not know. */
  static List<String> filtered(String goArch) {
    return BY_GO_NAME.getOrDefault(goArch, List.of());
  }

  static @Nullable String nameOf(String goArch) {
    List<String> names = filtered(goArch);
    return names.isEmpty() ? null : names.getFirst();
  }

  /** Returns the name that profiles write in {@code arches}, where it differs from Go's. */
  static String inProfiles(String goArch) {
    return switch (goArch) {
      case "386" -> "x86";
      case "loong64" -> "loongarch64";
      case "mips64le" -> "mipsel64";
      case "mipsle" -> "mipsel";
      default -> goArch;
    };
  }
}
