package dev.gantry.cli.e2e;

import dev.gantry.testkit.TestImage;
import java.io.IOException;
import java.util.Map;

/** A CRI runtime of a test's own, as a process that can be killed and started again. */
public interface RuntimeFixture extends AutoCloseable {
  /** Where it listens: {@code unix://…}. */
  String endpoint();

  /** A handler of it that a RuntimeClass may name. */
  String handler();

  /** The cgroup that is to be removed with it, as {@code /name}. */
  String cgroup();

  /** Starts it and waits for its answer, again after {@link #kill}. */
  void start() throws IOException;

  /** Kills it as a crash would; containers go on. */
  void kill();

  /** The end of what it has written. */
  String log();

  /** Puts images into its store, by name. */
  void load(Map<String, TestImage> images) throws IOException;

  /** Ends it and removes all that is its own; its pods are gone by then. */
  @Override
  void close();
}
