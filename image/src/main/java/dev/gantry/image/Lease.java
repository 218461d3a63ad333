package dev.gantry.image;

/** Keeps something from being removed until it is closed; closing twice does nothing more. */
public interface Lease extends AutoCloseable {
  @Override
  void close();
}
