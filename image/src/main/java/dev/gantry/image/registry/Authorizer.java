package dev.gantry.image.registry;

import dev.gantry.image.Credentials;
import dev.gantry.image.registry.TokenEndpoint.Token;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Knows which Authorization header to send to which host for whom, and answers challenges. One per
 * daemon; tokens are kept until they expire, at most {@value #MOST} of them.
 */
final class Authorizer {
  private static final int MOST = 256;

  private final TokenEndpoint tokens;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Key, Known> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Known> eldest) {
          return size() > MOST;
        }
      };

  /**
   * Tokens belong to one host, one repository and one set of credentials, never to a host alone.
   */
  record Key(String host, String repository, String actions, Credentials credentials) {}

  private record Known(String header, @Nullable Token token) {
    boolean usable() {
      return token == null || token.usable();
    }
  }

  Authorizer(TokenEndpoint tokens) {
    this.tokens = tokens;
  }

  /** The header to send at once, or null when the host has not asked for one yet. */
  @Nullable String known(Key key) {
    if (!key.credentials().registryToken().isEmpty()) {
      return "Bearer " + key.credentials().registryToken();
    }
    lock.lock();
    try {
      Known found = known.get(key);
      return found != null && found.usable() ? found.header() : null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Answers a 401.
   *
   * @return the header to try, or null when there is nothing (more) to try
   */
  @Nullable String answer(RegistryHost host, Key key, List<Challenge> challenges)
      throws IOException {
    for (Challenge c : challenges) {
      Known found =
          switch (c.scheme()) {
            case "bearer" -> bearer(host, key, c);
            case "basic" -> {
              String basic = key.credentials().basic();
              yield basic.isEmpty() ? null : new Known("Basic " + basic, null);
            }
            default -> null;
          };
      if (found != null) {
        lock.lock();
        try {
          known.put(key, found);
        } finally {
          lock.unlock();
        }
        return found.header();
      }
    }
    return null;
  }

  private @Nullable Known bearer(RegistryHost host, Key key, Challenge challenge)
      throws IOException {
    if (challenge.parameter("realm").isEmpty()) {
      return null;
    }
    String asked = challenge.parameter("scope");
    String scope = asked.isEmpty() ? "repository:" + key.repository() + ":" + key.actions() : asked;
    Token token = tokens.fetch(host, challenge, scope, key.credentials());
    return new Known("Bearer " + token.value(), token);
  }
}
