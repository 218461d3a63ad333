package dev.gantry.daemon.container;

import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.SecurityProfile;
import dev.gantry.daemon.doctor.Binaries;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.process.Spawn;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a container's AppArmor profile on hosts that have AppArmor, and loads Gantry's own when
 * the first container needs it. On other hosts a request that asks for a profile is refused, also
 * for the default one, as containerd and the kubelet's admission do; one that says nothing, as the
 * kubelet's does unless the pod asks, gets none.
 *
 * @see <a href="https://kubernetes.io/docs/tutorials/security/apparmor/">Kubernetes, AppArmor</a>
 */
final class AppArmor {
  /** Gantry's own profile. */
  static final String DEFAULT = "gantry-default";

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MAX_OUTPUT_BYTES = 16 << 10;
  private static final String LOCALHOST = "localhost/";
  private static final String FIELD = "linux.security_context.apparmor: profile ";

  private final Path profiles;
  private final String parser;
  private final ReentrantLock lock = new ReentrantLock();
  private boolean warned;

  /** What a request means. */
  private sealed interface Wanted {
    /** Ours; {@code asked} when the request says so itself. */
    record Default(boolean asked) implements Wanted {}

    record Unconfined() implements Wanted {}

    record Named(String name) implements Wanted {}
  }

  /**
   * For a host.
   *
   * @param profiles the kernel's list of loaded profiles, which only a host with AppArmor has
   * @param parser path or name of apparmor_parser(8)
   */
  AppArmor(Path profiles, String parser) {
    this.profiles = profiles;
    this.parser = parser;
  }

  /** For this host. */
  static AppArmor ofHost() {
    return new AppArmor(Path.of("/sys/kernel/security/apparmor/profiles"), "apparmor_parser");
  }

  /**
   * The name of a loaded profile, nothing for unconfined.
   *
   * @throws CallFailure when the profile cannot be had here
   */
  @Nullable String profile(ContainerOptions options) throws IOException, CallFailure {
    return switch (wanted(options.security())) {
      case Wanted.Unconfined() -> null;
      case Wanted.Named(String name) -> named(name);
      case Wanted.Default(boolean asked) -> options.privileged() ? null : ours(asked);
    };
  }

  private String named(String name) throws IOException, CallFailure {
    if (!Files.exists(profiles)) {
      throw noAppArmor(name);
    }
    if (!loaded(name)) {
      throw CallFailure.precondition(
          FIELD + name + " is not loaded on this node; load it with apparmor_parser");
    }
    return name;
  }

  private static CallFailure noAppArmor(String name) {
    return CallFailure.precondition(
        FIELD
            + name
            + ", but this kernel has no AppArmor to confine the container; drop appArmorProfile or"
            + " run the pod on a node that has it");
  }

  private @Nullable String ours(boolean asked) throws IOException, CallFailure {
    if (!Files.exists(profiles)) {
      if (asked) {
        throw noAppArmor(DEFAULT);
      }
      return null;
    }
    lock.lock();
    try {
      if (loaded(DEFAULT)) {
        return DEFAULT;
      }
      Optional<Path> program = Binaries.find(parser);
      if (program.isPresent()) {
        load(program.get());
        return DEFAULT;
      }
      String cure = parser + " is not there to load it: install the package apparmor";
      if (asked) {
        throw CallFailure.precondition(FIELD + DEFAULT + ": " + cure);
      }
      if (!warned) {
        warned = true;
        Event.warn("containers run without an AppArmor profile").with("why", cure).log();
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private static void load(Path program) throws IOException, CallFailure {
    byte[] text;
    try (InputStream in = AppArmor.class.getResourceAsStream(DEFAULT + ".apparmor")) {
      text = Objects.requireNonNull(in).readAllBytes();
    }
    Spawn.Result result =
        Spawn.of(program.toString(), "-Kr").stdinBytes(text).run(PATIENCE, MAX_OUTPUT_BYTES);
    if (!result.success()) {
      throw CallFailure.precondition(
          "load AppArmor profile " + DEFAULT + ": " + program + ": " + result.stderr().strip());
    }
  }

  /** Lines of {@code name (mode)}. */
  private boolean loaded(String name) throws IOException {
    String start = name + " (";
    return new String(Files.readAllBytes(profiles), StandardCharsets.UTF_8)
        .lines()
        .anyMatch(line -> line.startsWith(start));
  }

  private static Wanted wanted(LinuxContainerSecurityContext security) throws CallFailure {
    if (!security.hasApparmor()) {
      return deprecated(security);
    }
    SecurityProfile profile = security.getApparmor();
    return switch (profile.getProfileType()) {
      case RuntimeDefault -> new Wanted.Default(true);
      case Unconfined -> new Wanted.Unconfined();
      case Localhost -> new Wanted.Named(name(profile.getLocalhostRef()));
      case UNRECOGNIZED ->
          throw CallFailure.invalid("linux.security_context.apparmor.profile_type is unknown");
    };
  }

  private static String name(String reference) throws CallFailure {
    // The kubelet of some versions leaves the prefix of the old field on the name.
    String name =
        reference.startsWith(LOCALHOST) ? reference.substring(LOCALHOST.length()) : reference;
    if (name.isEmpty()) {
      throw CallFailure.invalid("linux.security_context.apparmor.localhost_ref is empty");
    }
    return name;
  }

  @SuppressWarnings("deprecation") // kubelets before 1.30 send this field
  private static Wanted deprecated(LinuxContainerSecurityContext security) throws CallFailure {
    String text = security.getApparmorProfile();
    return switch (text) {
      case "" -> new Wanted.Default(false);
      case "runtime/default" -> new Wanted.Default(true);
      case "unconfined" -> new Wanted.Unconfined();
      default -> {
        if (!text.startsWith(LOCALHOST)) {
          throw CallFailure.invalid(
              "linux.security_context.apparmor_profile: "
                  + text
                  + " is none of runtime/default, unconfined, localhost/<name>");
        }
        yield new Wanted.Named(name(text));
      }
    };
  }
}
