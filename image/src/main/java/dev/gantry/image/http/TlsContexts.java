package dev.gantry.image.http;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLSocketFactory;

/**
 * Socket factories by their settings. Certificates change on disk: files are read again after a
 * while, and at once when the settings are other ones.
 */
final class TlsContexts {
  private static final int MOST = 128;
  private static final long FRESH_NANOS = Duration.ofSeconds(30).toNanos();

  private final ReentrantLock lock = new ReentrantLock();
  private long versions;
  private final Map<Tls, Made> made =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Tls, Made> eldest) {
          return size() > MOST;
        }
      };

  private record Made(SSLSocketFactory factory, long at, long stamp, long version) {}

  SSLSocketFactory factory(Tls tls) throws IOException {
    return made(tls).factory();
  }

  /** Another number once the files were found changed: older connections are not used again. */
  long version(Tls tls) throws IOException {
    return made(tls).version();
  }

  private Made made(Tls tls) throws IOException {
    long now = System.nanoTime();
    lock.lock();
    try {
      Made known = made.get(tls);
      if (known != null && now - known.at() < FRESH_NANOS) {
        return known;
      }
      long stamp = TlsSockets.stamp(tls);
      Made next =
          known != null && known.stamp() == stamp
              ? new Made(known.factory(), now, stamp, known.version())
              : new Made(TlsSockets.factory(tls), now, stamp, ++versions);
      made.put(tls, next);
      return next;
    } finally {
      lock.unlock();
    }
  }
}
