package dev.gantry.agent.manifest;

import dev.gantry.agent.api.DownwardAPIVolumeFile;
import dev.gantry.agent.api.EmptyDirVolumeSource;
import dev.gantry.agent.api.KeyToPath;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.ProjectedVolumeSource;
import dev.gantry.agent.api.Volume;
import dev.gantry.agent.api.VolumeProjection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The API server's validation of a pod's volumes. */
final class VolumeValidation {
  private static final int MAX_MODE = 0777;
  private static final String HUGE_PAGES = "HugePages";

  private VolumeValidation() {}

  static void volumes(PodSpec spec, String path, Report report) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < spec.volumes().size(); i++) {
      Volume volume = spec.volumes().get(i);
      String at = path + "[" + i + "]";
      if (volume.name().isEmpty()) {
        report.add(at + ".name", "Required value");
      } else {
        Syntax.check(report, at + ".name", volume.name(), Syntax.label(volume.name()));
        if (!names.add(volume.name())) {
          report.add(at + ".name", "Duplicate value: \"" + volume.name() + "\"");
        }
      }
      source(volume, at, report);
    }
  }

  private static void source(Volume volume, String at, Report report) {
    long sources =
        Stream.of(
                volume.hostPath(),
                volume.emptyDir(),
                volume.configMap(),
                volume.secret(),
                volume.downwardAPI(),
                volume.projected(),
                volume.image())
            .filter(Objects::nonNull)
            .count();
    if (sources > 1) {
      report.add(at, "Forbidden: may not specify more than 1 volume type");
    }
    if (volume.emptyDir() != null) {
      emptyDir(volume.emptyDir(), at + ".emptyDir", report);
    }
    if (volume.hostPath() != null) {
      hostPath(volume.hostPath().path(), at + ".hostPath.path", report);
    }
    if (volume.configMap() != null) {
      EnvValidation.objectName(volume.configMap().name(), at + ".configMap.name", report);
      items(volume.configMap().items(), at + ".configMap", report);
      mode(volume.configMap().defaultMode(), at + ".configMap.defaultMode", report);
    }
    if (volume.secret() != null) {
      EnvValidation.objectName(volume.secret().secretName(), at + ".secret.secretName", report);
      items(volume.secret().items(), at + ".secret", report);
      mode(volume.secret().defaultMode(), at + ".secret.defaultMode", report);
    }
    if (volume.downwardAPI() != null) {
      files(volume.downwardAPI().items(), at + ".downwardAPI", report);
      mode(volume.downwardAPI().defaultMode(), at + ".downwardAPI.defaultMode", report);
    }
    if (volume.projected() != null) {
      projected(volume.projected(), at + ".projected", report);
    }
    if (volume.image() != null && volume.image().reference().isEmpty()) {
      report.add(at + ".image.reference", "Required value");
    }
  }

  private static void emptyDir(EmptyDirVolumeSource source, String at, Report report) {
    String medium = source.medium();
    if (medium.startsWith(HUGE_PAGES)) {
      report.add(
          at + ".medium",
          "is not supported on this node: hugetlbfs volumes are not made; use Memory, or mount one"
              + " on the node and use hostPath");
    } else if (!medium.isEmpty() && !medium.equals("Memory")) {
      report.add(at + ".medium", Syntax.unsupported(medium, List.of("", "Memory")));
    }
    if (source.sizeLimit() != null && source.sizeLimit().signum() < 0) {
      report.add(at + ".sizeLimit", "Forbidden: SizeLimit field must be a valid resource quantity");
    }
  }

  private static void hostPath(String path, String at, Report report) {
    if (path.isEmpty()) {
      report.add(at, "Required value");
    } else if (!path.startsWith("/")) {
      report.add(at, Syntax.invalid(path, "must be an absolute path of the node"));
    } else {
      Syntax.check(report, at, path, Syntax.noBacksteps(path));
    }
  }

  private static void mode(@Nullable Integer mode, String at, Report report) {
    if (mode != null && (mode < 0 || mode > MAX_MODE)) {
      report.add(
          at,
          Syntax.invalid(
              mode,
              "must be a number between 0 and 0777 (octal), both inclusive: write it with a leading"
                  + " zero, as 0644"));
    }
  }

  private static void items(List<KeyToPath> items, String at, Report report) {
    for (int i = 0; i < items.size(); i++) {
      String here = at + ".items[" + i + "]";
      if (items.get(i).key().isEmpty()) {
        report.add(here + ".key", "Required value");
      }
      filePath(items.get(i).path(), here + ".path", report);
      mode(items.get(i).mode(), here + ".mode", report);
    }
  }

  private static void filePath(String path, String at, Report report) {
    if (path.isEmpty()) {
      report.add(at, "Required value");
    } else {
      Syntax.check(report, at, path, Syntax.projectedPath(path));
    }
  }

  private static void files(List<DownwardAPIVolumeFile> files, String at, Report report) {
    for (int i = 0; i < files.size(); i++) {
      DownwardAPIVolumeFile file = files.get(i);
      String here = at + ".items[" + i + "]";
      filePath(file.path(), here + ".path", report);
      mode(file.mode(), here + ".mode", report);
      if ((file.fieldRef() == null) == (file.resourceFieldRef() == null)) {
        report.add(
            here,
            file.fieldRef() == null
                ? "Required value: one of fieldRef and resourceFieldRef is required"
                : "Invalid value: fieldRef and resourceFieldRef can not be specified"
                    + " simultaneously");
      }
      EnvValidation.volumeField(file.fieldRef(), here + ".fieldRef", report);
      EnvValidation.resource(file.resourceFieldRef(), true, here + ".resourceFieldRef", report);
    }
  }

  private static void projected(ProjectedVolumeSource source, String at, Report report) {
    mode(source.defaultMode(), at + ".defaultMode", report);
    Set<String> paths = new HashSet<>();
    for (int i = 0; i < source.sources().size(); i++) {
      String here = at + ".sources[" + i + "]";
      projection(source.sources().get(i), here, paths, report);
    }
  }

  private static void projection(
      VolumeProjection projection, String at, Set<String> paths, Report report) {
    long sources =
        Stream.of(projection.secret(), projection.configMap(), projection.downwardAPI())
            .filter(Objects::nonNull)
            .count();
    if (sources > 1) {
      report.add(at, "Forbidden: may not specify more than 1 volume type per source");
    }
    if (projection.secret() != null) {
      EnvValidation.objectName(projection.secret().name(), at + ".secret.name", report);
      items(projection.secret().items(), at + ".secret", report);
      projection.secret().items().forEach(item -> unique(item.path(), paths, at, report));
    }
    if (projection.configMap() != null) {
      EnvValidation.objectName(projection.configMap().name(), at + ".configMap.name", report);
      items(projection.configMap().items(), at + ".configMap", report);
      projection.configMap().items().forEach(item -> unique(item.path(), paths, at, report));
    }
    if (projection.downwardAPI() != null) {
      files(projection.downwardAPI().items(), at + ".downwardAPI", report);
      projection.downwardAPI().items().forEach(item -> unique(item.path(), paths, at, report));
    }
  }

  private static void unique(String path, Set<String> paths, String at, Report report) {
    if (!path.isEmpty() && !paths.add(path)) {
      report.add(at, Syntax.invalid(path, "conflicting duplicate paths"));
    }
  }
}
