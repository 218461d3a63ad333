package dev.gantry.cli.log;

import java.time.Instant;
import java.util.Optional;

/**
 * Which part of a log is shown, and how.
 *
 * @param follow wait for more until the container has ended
 * @param tail only so many lines from the end; negative: all
 * @param since only what was written at this moment or later
 * @param timestamps put the moment of writing before each line
 * @param limitBytes at most so many bytes of output; negative: no limit
 * @param stream only what was written to this stream
 */
public record LogOptions(
    boolean follow,
    long tail,
    Optional<Instant> since,
    boolean timestamps,
    long limitBytes,
    Optional<LogLine.Stream> stream) {

  /** The whole log as it is now. */
  public static final LogOptions WHOLE =
      new LogOptions(false, -1, Optional.empty(), false, -1, Optional.empty());

  /** The whole log, and what is added to it. */
  public static final LogOptions FOLLOW =
      new LogOptions(true, -1, Optional.empty(), false, -1, Optional.empty());
}
