package dev.gantry.oci;

import io.avaje.jsonb.Json;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an image runs on, in Go's names: {@code linux}, {@code amd64}, and for arm a variant.
 *
 * <p>Other spellings ({@code x86_64}, {@code aarch64}, {@code armhf}) are brought to these, and the
 * variants that say nothing ({@code arm64/v8}, {@code amd64/v1}) to none.
 *
 * @see <a
 *     href="https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md">image-spec,
 *     platform</a>
 */
@Json
public record Platform(
    String os, @Json.Property("architecture") String arch, @Nullable String variant) {

  /** The rank of an index entry that states no platform. */
  static final int UNSTATED = 1000;

  /** The rank of the 32-bit platform that a 64-bit one also runs. */
  private static final int COMPATIBLE = 500;

  private static final Platform HOST =
      new Platform("linux", System.getProperty("os.arch", "amd64"), null);

  public Platform {
    os = os == null ? "" : os.toLowerCase(Locale.ROOT);
    String givenArch = arch == null ? "" : arch.toLowerCase(Locale.ROOT);
    arch = goArch(givenArch);
    variant = goVariant(arch, givenArch, variant == null ? "" : variant.toLowerCase(Locale.ROOT));
  }

  /** Returns the platform this process runs on. */
  public static Platform host() {
    return HOST;
  }

  /** Reads {@code os/arch[/variant]}, as command lines and configuration write it. */
  public static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length < 2 || parts.length > 3) {
      throw new OciFormatException(
          "platform \"" + Text.shorten(text) + "\" is not os/arch or os/arch/variant");
    }
    for (String part : parts) {
      if (part.isEmpty() || !part.chars().allMatch(Platform::isNameChar)) {
        throw new OciFormatException(
            "platform \"" + Text.shorten(text) + "\": \"" + Text.shorten(part) + "\" is no name");
      }
    }
    return new Platform(parts[0], parts[1], parts.length == 3 ? parts[2] : null);
  }

  /** Returns whether an image for the offered platform runs on this one. */
  public boolean runs(Platform offered) {
    return rank(offered) != Integer.MAX_VALUE;
  }

  /**
   * Returns how far the offered platform is from this one: 0 is exact, MAX_VALUE cannot run. A
   * 64-bit host runs the 32-bit images of its family when there is nothing better.
   */
  int rank(Platform offered) {
    if (!os.equals(offered.os)) {
      return Integer.MAX_VALUE;
    }
    if (arch.equals(offered.arch)) {
      if (Objects.equals(variant, offered.variant)) {
        return 0;
      }
      int distance = level(this) - level(offered);
      return distance < 0 ? Integer.MAX_VALUE : distance;
    }
    if (arch.equals("amd64") && offered.arch.equals("386")) {
      return COMPATIBLE;
    }
    if (arch.equals("arm64") && offered.arch.equals("arm") && level(offered) <= 8) {
      return COMPATIBLE + 8 - level(offered);
    }
    return Integer.MAX_VALUE;
  }

  /** Returns {@code os/arch[/variant]}. */
  @Override
  public String toString() {
    return os + '/' + arch + (variant == null ? "" : '/' + variant);
  }

  private static int level(Platform platform) {
    String variant = platform.variant;
    if (variant == null) {
      return switch (platform.arch) {
        case "arm" -> 7;
        case "arm64" -> 8;
        default -> 1;
      };
    }
    try {
      return Integer.parseInt(variant.startsWith("v") ? variant.substring(1) : variant);
    } catch (NumberFormatException e) {
      // v8.1 and the like: newer than anything plain of that name, so only an equal host runs it.
      return 100 + variant.length();
    }
  }

  private static String goArch(String arch) {
    return switch (arch) {
      case "x86_64", "x86-64" -> "amd64";
      case "i386", "i486", "i586", "i686", "x86" -> "386";
      case "aarch64" -> "arm64";
      case "armhf", "armel", "armv7l", "armv6l" -> "arm";
      case "ppc64el" -> "ppc64le";
      default -> arch;
    };
  }

  private static @Nullable String goVariant(String arch, String givenArch, String variant) {
    return switch (arch) {
      case "arm" ->
          switch (variant) {
            case "" -> givenArch.equals("armel") || givenArch.equals("armv6l") ? "v6" : "v7";
            case "5", "6", "7", "8" -> 'v' + variant;
            default -> variant;
          };
      case "arm64" ->
          variant.isEmpty() || variant.equals("8") || variant.equals("v8") ? null : variant;
      case "amd64" -> variant.isEmpty() || variant.equals("v1") ? null : variant;
      default -> variant.isEmpty() ? null : variant;
    };
  }

  private static boolean isNameChar(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '-'
        || c == '.';
  }
}
