package dev.gantry.agent.volume;

import dev.gantry.agent.api.Volume;

/** The kinds of volumes. */
enum VolumeKind {
  HOST_PATH("host-path", false, false),
  EMPTY_DIR("empty-dir", false, false),
  CONFIG_MAP("configmap", true, false),
  SECRET("secret", true, true),
  DOWNWARD_API("downward-api", true, true),
  PROJECTED("projected", true, true),
  IMAGE("image", false, false);

  private final String directory;
  private final boolean written;
  private final boolean inMemory;

  VolumeKind(String directory, boolean written, boolean inMemory) {
    this.directory = directory;
    this.written = written;
    this.inMemory = inMemory;
  }

  static VolumeKind of(Volume volume) {
    if (volume.hostPath() != null) {
      return HOST_PATH;
    }
    if (volume.configMap() != null) {
      return CONFIG_MAP;
    }
    if (volume.secret() != null) {
      return SECRET;
    }
    if (volume.downwardAPI() != null) {
      return DOWNWARD_API;
    }
    if (volume.projected() != null) {
      return PROJECTED;
    }
    return volume.image() != null ? IMAGE : EMPTY_DIR;
  }

  /** As the kubelet's plug-in of that kind is called behind {@code kubernetes.io~}. */
  String directory() {
    return directory;
  }

  /** Whether the agent writes its files and brings them up to date. */
  boolean isWritten() {
    return written;
  }

  /** Whether its files are kept off the disk. */
  boolean inMemory() {
    return inMemory;
  }

  /** Whether containers only ever read it. */
  boolean isReadOnly() {
    return written || this == IMAGE;
  }
}
