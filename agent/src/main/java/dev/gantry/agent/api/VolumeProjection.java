package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** One source of a projected volume; exactly one is set. */
@Refused(
    field = "serviceAccountToken",
    remedy = "there is no API server to issue tokens; leave it out")
@Refused(
    field = "clusterTrustBundle",
    remedy = "there is no API server that holds trust bundles; use a configMap")
@Refused(
    field = "podCertificate",
    remedy = "there is no API server to issue certificates; use a secret")
public record VolumeProjection(
    @Nullable SecretProjection secret,
    @Nullable DownwardAPIProjection downwardAPI,
    @Nullable ConfigMapProjection configMap) {}
