package dev.gantry.agent.manifest;

import dev.gantry.agent.api.DNSPolicy;
import dev.gantry.agent.api.OSName;
import dev.gantry.agent.api.PodDNSConfig;
import dev.gantry.agent.api.PodSecurityContext;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.Sysctl;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The API server's validation of a pod's specification. */
final class PodValidation {
  private static final int MAX_NAMESERVERS = 3;
  private static final int MAX_SEARCHES = 32;
  private static final int MAX_SEARCH_CHARACTERS = 2048;
  private static final int MAX_FQDN = 64;

  private PodValidation() {}

  static void validate(PodSpec spec, String path, Report report) {
    VolumeValidation.volumes(spec, path + ".volumes", report);
    new ContainerValidation(spec, path, report).validate();
    SchedulingValidation.pod(spec, path, report);
    securityContext(spec, path, report);
    names(spec, path, report);
    dns(spec, path, report);
    unsupported(spec, path, report);
    numbers(spec, path, report);
    if (spec.resources() != null) {
      ResourceValidation.pod(spec.resources(), path + ".resources", report);
    }
    for (int i = 0; i < spec.hostAliases().size(); i++) {
      String at = path + ".hostAliases[" + i + "]";
      String ip = spec.hostAliases().get(i).ip();
      Syntax.check(report, at + ".ip", ip, Syntax.ip(ip));
      for (String name : spec.hostAliases().get(i).hostnames()) {
        Syntax.check(report, at + ".hostnames", name, Syntax.subdomain(name));
      }
    }
  }

  private static void numbers(PodSpec spec, String path, Report report) {
    Validation.notNegative(
        spec.terminationGracePeriodSeconds(), path + ".terminationGracePeriodSeconds", report);
    Long deadline = spec.activeDeadlineSeconds();
    if (deadline != null && (deadline < 1 || deadline > Integer.MAX_VALUE)) {
      report.add(
          path + ".activeDeadlineSeconds",
          Syntax.invalid(deadline, "must be between 1 and 2147483647, inclusive"));
    }
  }

  private static void names(PodSpec spec, String path, Report report) {
    if (!spec.hostname().isEmpty()) {
      Syntax.check(report, path + ".hostname", spec.hostname(), Syntax.label(spec.hostname()));
    }
    if (!spec.subdomain().isEmpty()) {
      Syntax.check(report, path + ".subdomain", spec.subdomain(), Syntax.label(spec.subdomain()));
    }
    if (!spec.runtimeClassName().isEmpty()) {
      Syntax.check(
          report,
          path + ".runtimeClassName",
          spec.runtimeClassName(),
          Syntax.subdomain(spec.runtimeClassName()));
    }
    String override = spec.hostnameOverride();
    if (override != null) {
      Syntax.check(
          report,
          path + ".hostnameOverride",
          override,
          override.length() > MAX_FQDN
              ? "must be no more than 64 characters"
              : Syntax.subdomain(override));
      if (Boolean.TRUE.equals(spec.setHostnameAsFQDN())) {
        report.add(
            path + ".setHostnameAsFQDN", "Forbidden: may not be set when hostnameOverride is set");
      }
      if (spec.hostNetwork()) {
        report.add(
            path + ".hostnameOverride", "Forbidden: may not be set when hostNetwork is true");
      }
    }
  }

  /** What would need a cluster, or what the node decides and not the manifest. */
  private static void unsupported(PodSpec spec, String path, Report report) {
    if (!spec.ephemeralContainers().isEmpty()) {
      report.add(
          path + ".ephemeralContainers",
          "Forbidden: cannot be set on create: add one to the running pod with gantry debug");
    }
    String account =
        spec.serviceAccountName().isEmpty() ? spec.serviceAccount() : spec.serviceAccountName();
    if (!account.isEmpty() && !account.equals("default")) {
      report.add(
          path + (spec.serviceAccountName().isEmpty() ? ".serviceAccount" : ".serviceAccountName"),
          "is not supported on this node: there is no API server that would know the account; remove"
              + " it");
    }
    if (Boolean.TRUE.equals(spec.automountServiceAccountToken())) {
      report.add(
          path + ".automountServiceAccountToken",
          "is not supported on this node: there is no API server that would issue a token; remove"
              + " it");
    }
    if (!spec.readinessGates().isEmpty()) {
      report.add(
          path + ".readinessGates",
          "is not supported on this node: no controller would ever set the conditions; remove them");
    }
    if (spec.os() != null && spec.os().name() != OSName.linux) {
      report.add(path + ".os.name", "is not supported on this node: it runs Linux; write linux");
    }
    if (!spec.overhead().isEmpty()) {
      report.add(
          path + ".overhead",
          "Forbidden: must be unset: it comes from the RuntimeClass that runtimeClassName names");
    }
    if (spec.priority() != null
        && spec.priority() != dev.gantry.agent.admission.Priorities.of(spec.priorityClassName())) {
      report.add(
          path + ".priority",
          "Forbidden: the integer value of priority must not be provided in pod spec: it comes from"
              + " priorityClassName");
    }
  }

  private static void dns(PodSpec spec, String path, Report report) {
    PodDNSConfig config = spec.dnsConfig();
    String at = path + ".dnsConfig";
    if (spec.dnsPolicy() == DNSPolicy.None && (config == null || config.nameservers().isEmpty())) {
      report.add(
          at + ".nameservers",
          "Required value: must provide at least one DNS nameserver when `dnsPolicy` is None");
    }
    if (config == null) {
      return;
    }
    if (config.nameservers().size() > MAX_NAMESERVERS) {
      report.add(
          at + ".nameservers",
          Syntax.invalid(config.nameservers(), "must not have more than 3 nameservers"));
    }
    for (int i = 0; i < config.nameservers().size(); i++) {
      String server = config.nameservers().get(i);
      Syntax.check(report, at + ".nameservers[" + i + "]", server, Syntax.ip(server));
    }
    if (config.searches().size() > MAX_SEARCHES
        || String.join(" ", config.searches()).length() > MAX_SEARCH_CHARACTERS) {
      report.add(
          at + ".searches",
          Syntax.invalid(
              config.searches(), "must not have more than 32 search paths or 2048 characters"));
    }
    for (int i = 0; i < config.options().size(); i++) {
      if (config.options().get(i).name().isEmpty()) {
        report.add(at + ".options[" + i + "]", "Required value: must not be empty");
      }
    }
  }

  private static void securityContext(PodSpec spec, String path, Report report) {
    PodSecurityContext context = spec.securityContext();
    String at = path + ".securityContext";
    SecurityValidation.id(context.runAsUser(), at + ".runAsUser", report);
    SecurityValidation.id(context.runAsGroup(), at + ".runAsGroup", report);
    SecurityValidation.id(context.fsGroup(), at + ".fsGroup", report);
    List<Long> groups = context.supplementalGroups();
    for (int i = 0; i < groups.size(); i++) {
      SecurityValidation.id(groups.get(i), at + ".supplementalGroups[" + i + "]", report);
    }
    SecurityValidation.seccomp(context.seccompProfile(), at + ".seccompProfile", report);
    SecurityValidation.appArmor(context.appArmorProfile(), at + ".appArmorProfile", report);
    if (Boolean.TRUE.equals(spec.shareProcessNamespace()) && spec.hostPID()) {
      report.add(
          path + ".shareProcessNamespace",
          Syntax.invalid(true, "ShareProcessNamespace and HostPID cannot both be enabled"));
    }
    Set<String> sysctls = new HashSet<>();
    for (int i = 0; i < context.sysctls().size(); i++) {
      sysctl(spec, context.sysctls().get(i), at + ".sysctls[" + i + "].name", report, sysctls);
    }
    if (Boolean.FALSE.equals(spec.hostUsers())) {
      forbiddenWithUsers(spec.hostNetwork(), path + ".hostNetwork", report);
      forbiddenWithUsers(spec.hostPID(), path + ".hostPID", report);
      forbiddenWithUsers(spec.hostIPC(), path + ".hostIPC", report);
    }
  }

  private static void forbiddenWithUsers(boolean set, String field, Report report) {
    if (set) {
      report.add(field, "Forbidden: when `hostUsers` is false");
    }
  }

  private static void sysctl(
      PodSpec spec, Sysctl sysctl, String at, Report report, Set<String> seen) {
    String name = sysctl.name().replace('/', '.');
    if (sysctl.name().isEmpty()) {
      report.add(at, "Required value");
      return;
    }
    Syntax.check(report, at, sysctl.name(), Syntax.sysctl(sysctl.name()));
    if (!seen.add(sysctl.name())) {
      report.add(at, "Duplicate value: \"" + sysctl.name() + "\"");
    }
    boolean ofNetwork = name.startsWith("net.");
    boolean ofIpc =
        name.startsWith("kernel.shm")
            || name.startsWith("kernel.msg")
            || name.equals("kernel.sem")
            || name.startsWith("fs.mqueue.");
    if (ofNetwork && spec.hostNetwork()) {
      report.add(
          at, Syntax.invalid(sysctl.name(), "may not be specified when 'hostNetwork' is true"));
    }
    if (ofIpc && spec.hostIPC()) {
      report.add(at, Syntax.invalid(sysctl.name(), "may not be specified when 'hostIPC' is true"));
    }
  }
}
