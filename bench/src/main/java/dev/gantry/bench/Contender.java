package dev.gantry.bench;

import java.io.IOException;

/** Somebody who can run the pod that is measured: a CRI runtime, or the bare floor. */
interface Contender extends AutoCloseable {
  /** The step that is the sum of what starts a pod. */
  String POD_START = "pod start";

  /** The step that is the sum of what ends a pod. */
  String POD_END = "pod end";

  /** Its name in the report. */
  String name();

  /**
   * Gets ready for a pod, untimed.
   *
   * @param id a name for the pod that no other of this run has
   */
  Pod prepare(String id) throws IOException;

  @Override
  void close();

  /** One pod. */
  interface Pod {
    /** Starts it; the sum is {@link #POD_START}. */
    void up(Timings timings) throws IOException;

    /** Uses it while it runs, if there is something to measure about that. */
    void use(Timings timings) throws IOException;

    /** Ends and removes it, whatever {@link #up} came to; the sum is {@link #POD_END}. */
    void down(Timings timings) throws IOException;
  }
}
