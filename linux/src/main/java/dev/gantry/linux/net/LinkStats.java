package dev.gantry.linux.net;

/**
 * What went through a link since it was made, seen from the link's own end.
 *
 * @param name of the link
 * @param rx received
 * @param tx sent
 */
public record LinkStats(String name, Direction rx, Direction tx) {
  /**
   * One direction of a link.
   *
   * @param errors packets that came, or could not be sent, because of an error
   * @param dropped packets that there was no room for
   */
  public record Direction(long bytes, long packets, long errors, long dropped) {
    /** Nothing at all. */
    public static final Direction NONE = new Direction(0, 0, 0, 0);
  }
}
