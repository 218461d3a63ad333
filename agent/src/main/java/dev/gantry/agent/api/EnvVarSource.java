package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** Where a variable's value comes from; exactly one is set. */
@Refused(
    field = "fileKeyRef",
    remedy =
        "variables from files of a volume are not supported; write the value into a ConfigMap or read the file in the command")
public record EnvVarSource(
    @Nullable ObjectFieldSelector fieldRef,
    @Nullable ResourceFieldSelector resourceFieldRef,
    @Nullable ConfigMapKeySelector configMapKeyRef,
    @Nullable SecretKeySelector secretKeyRef) {}
