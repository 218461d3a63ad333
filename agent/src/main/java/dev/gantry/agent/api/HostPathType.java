package dev.gantry.agent.api;

/** What a host path has to be. */
public enum HostPathType {
  DirectoryOrCreate,
  Directory,
  FileOrCreate,
  File,
  Socket,
  CharDevice,
  BlockDevice
}
