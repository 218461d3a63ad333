package dev.gantry.agent.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who a pod's containers run as, unless they say otherwise. */
@Refused(field = "windowsOptions", remedy = "this is a Linux node; leave it out")
public record PodSecurityContext(
    @Nullable SELinuxOptions seLinuxOptions,
    @Nullable Long runAsUser,
    @Nullable Long runAsGroup,
    @Nullable Boolean runAsNonRoot,
    List<Long> supplementalGroups,
    @Nullable SupplementalGroupsPolicy supplementalGroupsPolicy,
    @Nullable Long fsGroup,
    List<Sysctl> sysctls,
    @Nullable PodFSGroupChangePolicy fsGroupChangePolicy,
    @Nullable SeccompProfile seccompProfile,
    @Nullable AppArmorProfile appArmorProfile,
    String seLinuxChangePolicy) {
  public PodSecurityContext {
    supplementalGroups = Fields.list(supplementalGroups);
    sysctls = Fields.list(sysctls);
  }
}
