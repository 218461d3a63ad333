package dev.gantry.image.tar;

/** What a tar entry makes. Everything else an archive may hold is refused by the reader. */
public enum EntryType {
  FILE,
  HARD_LINK,
  SYMLINK,
  CHARACTER_DEVICE,
  BLOCK_DEVICE,
  DIRECTORY,
  FIFO
}
