package dev.gantry.daemon.spec;

import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.Hook;
import dev.gantry.oci.runtime.Hooks;
import dev.gantry.oci.runtime.Linux;
import dev.gantry.oci.runtime.Mount;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.Rlimit;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What every container of a handler gets besides what is asked for it: the environment, limits,
 * mounts, hooks, annotations and sysctls of an OCI runtime specification. Where both name the same
 * thing, the request, the image and Gantry's own defaults win; all else of the file is theirs to
 * decide.
 *
 * @param spec as it was read; null for nothing
 */
public record BaseSpec(@Nullable RuntimeSpec spec) {
  /** Adds nothing. */
  public static final BaseSpec EMPTY = new BaseSpec(null);

  /**
   * Reads a file in the form of {@code config.json}.
   *
   * @throws IOException that names the file and what is wrong with it
   */
  public static BaseSpec read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + " is no file");
    }
    RuntimeSpec spec;
    try (InputStream in = Files.newInputStream(file)) {
      spec = OciJson.parse(in.readNBytes(OciJson.MAX_BYTES + 1), RuntimeSpec.class);
    } catch (OciFormatException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
    for (String name : spec.annotations().keySet()) {
      if (AnnotationNames.reserved(name)) {
        throw new IOException(file + ": annotation " + name + " is Gantry's to set");
      }
    }
    return new BaseSpec(spec);
  }

  /** The specification with what this adds to it. */
  public RuntimeSpec under(RuntimeSpec asked) {
    RuntimeSpec base = spec;
    if (base == null) {
      return asked;
    }
    return asked.toBuilder()
        .process(process(base.process(), Objects.requireNonNull(asked.process())))
        .mounts(mounts(base.mounts(), asked.mounts()))
        .hooks(hooks(base.hooks(), asked.hooks()))
        .annotations(over(base.annotations(), asked.annotations()))
        .linux(linux(base.linux(), Objects.requireNonNull(asked.linux())))
        .build();
  }

  private static Process process(@Nullable Process base, Process asked) {
    return base == null
        ? asked
        : asked.toBuilder()
            .env(environment(base.env(), asked.env()))
            .rlimits(
                distinct(Stream.concat(asked.rlimits().stream(), base.rlimits().stream()).toList()))
            .build();
  }

  private static List<String> environment(List<String> base, List<String> asked) {
    var names = asked.stream().map(BaseSpec::name).collect(Collectors.toSet());
    return Stream.concat(
            base.stream().filter(variable -> !names.contains(name(variable))), asked.stream())
        .toList();
  }

  private static String name(String variable) {
    int equals = variable.indexOf('=');
    return equals < 0 ? variable : variable.substring(0, equals);
  }

  private static List<Rlimit> distinct(List<Rlimit> limits) {
    var byType = new LinkedHashMap<String, Rlimit>();
    limits.forEach(limit -> byType.putIfAbsent(limit.type(), limit));
    return List.copyOf(byType.values());
  }

  /** The base's come last, as what they are mounted on may be a mount itself. */
  private static List<Mount> mounts(List<Mount> base, List<Mount> asked) {
    var mounts = new ArrayList<>(asked);
    var taken =
        asked.stream()
            .map(mount -> Path.of(mount.destination()).normalize())
            .collect(Collectors.toSet());
    for (Mount mount : base) {
      if (taken.add(Path.of(mount.destination()).normalize())) {
        mounts.add(mount);
      }
    }
    return mounts;
  }

  private static @Nullable Hooks hooks(@Nullable Hooks base, @Nullable Hooks asked) {
    if (base == null || asked == null) {
      return base == null ? asked : base;
    }
    return new Hooks(
        both(base.prestart(), asked.prestart()),
        both(base.createRuntime(), asked.createRuntime()),
        both(base.createContainer(), asked.createContainer()),
        both(base.startContainer(), asked.startContainer()),
        both(base.poststart(), asked.poststart()),
        both(base.poststop(), asked.poststop()));
  }

  private static List<Hook> both(List<Hook> base, List<Hook> asked) {
    return Stream.concat(base.stream(), asked.stream()).toList();
  }

  private static Linux linux(@Nullable Linux base, Linux asked) {
    return base == null
        ? asked
        : asked.toBuilder().sysctl(over(base.sysctl(), asked.sysctl())).build();
  }

  private static Map<String, String> over(Map<String, String> base, Map<String, String> asked) {
    var all = new LinkedHashMap<>(base);
    all.putAll(asked);
    return all;
  }
}
