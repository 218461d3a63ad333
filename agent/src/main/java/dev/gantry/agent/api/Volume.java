package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/**
 * A directory or file that containers of a pod mount; exactly one source is set, none means
 * emptyDir.
 */
@Refused(
    field = "persistentVolumeClaim",
    remedy = "claims need a cluster; use hostPath for data that stays or emptyDir")
@Refused(field = "ephemeral", remedy = "claims need a cluster; use emptyDir")
@Refused(field = "nfs", remedy = "mount the share on the node and use hostPath")
@Refused(
    field = "csi",
    remedy = "storage drivers need a cluster; mount the storage on the node and use hostPath")
@Refused(field = "iscsi", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "fc", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "rbd", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "cephfs", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "glusterfs", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "gcePersistentDisk", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "awsElasticBlockStore", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "azureDisk", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "azureFile", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "cinder", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "vsphereVolume", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "quobyte", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "flocker", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "photonPersistentDisk", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "portworxVolume", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "scaleIO", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "storageos", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "flexVolume", remedy = "mount the storage on the node and use hostPath")
@Refused(field = "gitRepo", remedy = "clone in an init container into an emptyDir")
public record Volume(
    @Always String name,
    @Nullable HostPathVolumeSource hostPath,
    @Nullable EmptyDirVolumeSource emptyDir,
    @Nullable ConfigMapVolumeSource configMap,
    @Nullable SecretVolumeSource secret,
    @Nullable DownwardAPIVolumeSource downwardAPI,
    @Nullable ProjectedVolumeSource projected,
    @Nullable ImageVolumeSource image) {
  public Volume {
    if (hostPath == null
        && configMap == null
        && secret == null
        && downwardAPI == null
        && projected == null
        && image == null
        && emptyDir == null) {
      emptyDir = new EmptyDirVolumeSource("", null);
    }
  }
}
