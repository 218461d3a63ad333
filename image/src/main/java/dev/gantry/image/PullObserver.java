package dev.gantry.image;

import org.jspecify.annotations.Nullable;

/** Hears of every pull, whoever waits for it; must be quick. */
public interface PullObserver {
  /** For when nobody counts. */
  PullObserver NONE =
      new PullObserver() {
        @Override
        public PullListener began() {
          return PullListener.NONE;
        }

        @Override
        public void ended(PullStatus last, boolean cancelled, @Nullable Exception failure) {}
      };

  /** A pull begins; the answer is told how it gets on. */
  PullListener began();

  /**
   * It has ended.
   *
   * @param last how it was then
   * @param cancelled whether that is because nobody wanted it any more
   * @param failure null when the image is there
   */
  void ended(PullStatus last, boolean cancelled, @Nullable Exception failure);
}
