package dev.gantry.agent.manifest;

import dev.gantry.agent.api.AppArmorProfile;
import dev.gantry.agent.api.AppArmorProfileType;
import dev.gantry.agent.api.ProcMountType;
import dev.gantry.agent.api.SeccompProfile;
import dev.gantry.agent.api.SeccompProfileType;
import dev.gantry.agent.api.SecurityContext;
import org.jspecify.annotations.Nullable;

/** Security contexts. */
final class SecurityValidation {
  private SecurityValidation() {}

  static void container(SecurityContext context, boolean hostUsers, String path, Report report) {
    id(context.runAsUser(), path + ".runAsUser", report);
    id(context.runAsGroup(), path + ".runAsGroup", report);
    seccomp(context.seccompProfile(), path + ".seccompProfile", report);
    appArmor(context.appArmorProfile(), path + ".appArmorProfile", report);
    if (hostUsers && context.procMount() == ProcMountType.Unmasked) {
      report.add(
          path + ".procMount",
          Syntax.invalid("Unmasked", "`hostUsers` must be false to use `Unmasked`"));
    }
    if (Boolean.FALSE.equals(context.allowPrivilegeEscalation())) {
      if (Boolean.TRUE.equals(context.privileged())) {
        report.add(
            path,
            "Invalid value: cannot set `allowPrivilegeEscalation` to false and `privileged` to"
                + " true");
      }
      if (context.capabilities() != null
          && context.capabilities().add().contains("CAP_SYS_ADMIN")) {
        report.add(
            path,
            "Invalid value: cannot set `allowPrivilegeEscalation` to false and `capabilities.Add`"
                + " CAP_SYS_ADMIN");
      }
    }
  }

  static void id(@Nullable Long id, String field, Report report) {
    if (id != null) {
      Syntax.check(report, field, id, Syntax.id(id));
    }
  }

  static void seccomp(@Nullable SeccompProfile profile, String path, Report report) {
    if (profile == null) {
      return;
    }
    String file = profile.localhostProfile();
    if (profile.type() != SeccompProfileType.Localhost) {
      if (file != null) {
        report.add(
            path + ".localhostProfile",
            Syntax.invalid(file, "can only be set when seccomp type is Localhost"));
      }
    } else if (file == null) {
      report.add(
          path + ".localhostProfile", "Required value: must be set when seccomp type is Localhost");
    } else {
      Syntax.check(report, path + ".localhostProfile", file, Syntax.descending(file));
    }
  }

  static void appArmor(@Nullable AppArmorProfile profile, String path, Report report) {
    if (profile == null) {
      return;
    }
    String name = profile.localhostProfile();
    if (profile.type() != AppArmorProfileType.Localhost) {
      if (name != null) {
        report.add(
            path + ".localhostProfile",
            Syntax.invalid(name, "can only be set when type is Localhost"));
      }
    } else if (name == null || name.isBlank()) {
      report.add(path + ".localhostProfile", "Required value: must be set when type is Localhost");
    }
  }
}
