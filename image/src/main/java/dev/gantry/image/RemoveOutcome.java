package dev.gantry.image;

/** What became of an image that was to be removed. */
public enum RemoveOutcome {
  /** It is gone, with every layer that nothing else needs. */
  REMOVED,
  /** The name is gone; the image has others. */
  UNTAGGED,
  /** No name leads to it any more; its layers go when the last container that uses them does. */
  IN_USE,
  /** There was none. */
  ABSENT
}
