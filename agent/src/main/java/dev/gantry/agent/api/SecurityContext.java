package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** Who a container runs as and what it may do. */
@Refused(field = "windowsOptions", remedy = "this is a Linux node; leave it out")
public record SecurityContext(
    @Nullable Capabilities capabilities,
    @Nullable Boolean privileged,
    @Nullable SELinuxOptions seLinuxOptions,
    @Nullable Long runAsUser,
    @Nullable Long runAsGroup,
    @Nullable Boolean runAsNonRoot,
    @Nullable Boolean readOnlyRootFilesystem,
    @Nullable Boolean allowPrivilegeEscalation,
    @Nullable ProcMountType procMount,
    @Nullable SeccompProfile seccompProfile,
    @Nullable AppArmorProfile appArmorProfile) {}
