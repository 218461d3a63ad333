package dev.gantry.daemon.store;

/**
 * Told of each change of a record, in order for each object, while no other change of that object
 * can happen: must be quick, and must change no record.
 *
 * @param <R> the record message
 */
public interface ChangeListener<R> {
  /** The record is another one now. */
  void changed(R before, R after);

  /** The object is no more. */
  void removed(R last);

  /** For whoever does not care. */
  static <R> ChangeListener<R> none() {
    return new ChangeListener<>() {
      @Override
      public void changed(R before, R after) {}

      @Override
      public void removed(R last) {}
    };
  }
}
