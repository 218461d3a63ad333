package dev.gantry.network;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps the catalog current: looks again when something has changed in the directories it is read
 * from.
 */
final class ConfigWatch implements AutoCloseable {
  private static final Duration AGE = Duration.ofSeconds(2);
  private final NetworkCatalog catalog;
  private final AtomicBoolean looking = new AtomicBoolean();
  private final AtomicLong lastLook = new AtomicLong(System.nanoTime());

  private ConfigWatch(NetworkCatalog catalog) {
    this.catalog = catalog;
  }

  static ConfigWatch start(NetworkSettings settings, NetworkCatalog catalog) {
    return new ConfigWatch(catalog);
  }

  /** Has the directories looked at in the background, if the last look is some time ago. */
  void lookAgainSoon() {
    if (System.nanoTime() - lastLook.get() > AGE.toNanos() && looking.compareAndSet(false, true)) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              catalog.refresh(false);
              lastLook.set(System.nanoTime());
            } finally {
              looking.set(false);
            }
          });
    }
  }

  @Override
  public void close() {
    looking.set(true);
  }
}
