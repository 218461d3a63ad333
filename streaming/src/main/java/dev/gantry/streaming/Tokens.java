package dev.gantry.streaming;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The one-time tokens of URLs: 128 random bits, good for one request of one kind, for a short time.
 * They are secrets: never logged, never in an error.
 */
final class Tokens {
  /** As many URLs may wait for their client; the kubelet's server has the same bound. */
  static final int MOST = 1000;

  private static final int BYTES = 16;

  private record Waiting(StreamRequest request, long until) {}

  private final SecureRandom random = new SecureRandom();
  private final long lifetimeNanos;
  private final Map<String, Waiting> waiting = new LinkedHashMap<>();

  Tokens(Duration lifetime) {
    this.lifetimeNanos = lifetime.toNanos();
  }

  /**
   * A token for the request.
   *
   * @throws TooManyStreamsException when too many wait already
   */
  synchronized String add(StreamRequest request) throws TooManyStreamsException {
    long now = System.nanoTime();
    // They were put in in the order in which they expire.
    waiting.values().removeIf(old -> old.until() - now < 0);
    if (waiting.size() >= MOST) {
      throw new TooManyStreamsException(
          request.kind() + ": " + MOST + " others wait for their clients to connect; try again");
    }
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    waiting.put(token, new Waiting(request, now + lifetimeNanos));
    return token;
  }

  /** What the token is for; it is no good from here on, whatever is asked with it. */
  synchronized Optional<StreamRequest> take(String kind, String token) {
    Waiting found = waiting.remove(token);
    return found == null
            || found.until() - System.nanoTime() < 0
            || !found.request().kind().equals(kind)
        ? Optional.empty()
        : Optional.of(found.request());
  }
}
