package dev.gantry.image.registry;

import dev.gantry.image.Credentials;
import dev.gantry.image.registry.Keyring.Found;
import dev.gantry.image.registry.TokenEndpoint.Token;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Knows which Authorization header to send to which host for whom, and answers challenges. One per
 * daemon; tokens are kept until they expire, at most {@value #MOST} of them, and renewed where the
 * host's last challenge said. Many requests that need a new one at the same time get it once.
 */
final class Authorizer {
  private static final int MOST = 256;
  private static final int MOST_SCOPES = 16;

  private final TokenEndpoint tokens;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Key, Slot> slots =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Slot> eldest) {
          return size() > MOST;
        }
      };

  /**
   * Tokens belong to one host, one repository and one set of credentials, never to a host alone.
   *
   * @param credentials of the request
   * @param filesStamp of the files that other credentials may come from
   */
  record Key(
      String host, String repository, String actions, Credentials credentials, long filesStamp) {}

  /**
   * @param challenge what it answers
   * @param found whose it is
   */
  private record Known(
      String header, @Nullable Token token, @Nullable Challenge challenge, Found found) {
    boolean usable() {
      return token == null || token.usable();
    }
  }

  private static final class Slot {
    /** Held while a token is fetched, so that it is fetched once. */
    final ReentrantLock fetching = new ReentrantLock();

    volatile @Nullable Known known;
  }

  Authorizer(TokenEndpoint tokens) {
    this.tokens = tokens;
  }

  /** The header to send at once, or null when the host has not asked for one yet. */
  @Nullable String known(RegistryHost host, Key key) throws IOException {
    if (!key.credentials().registryToken().isEmpty() && !host.mirror()) {
      return "Bearer " + key.credentials().registryToken();
    }
    Slot slot = slot(key);
    Known known = slot.known;
    if (known == null || known.usable()) {
      return known == null ? null : known.header();
    }
    hold(slot);
    try {
      known = slot.known;
      if (known == null || known.usable() || known.challenge() == null) {
        return known == null ? null : known.header();
      }
      slot.known = bearer(host, key, known.challenge(), known.found(), known.token());
      return slot.known.header();
    } catch (TokenEndpoint.RefusedException e) {
      slot.known = null; // the host shall say itself what it wants
      return null;
    } finally {
      slot.fetching.unlock();
    }
  }

  /**
   * Answers a 401.
   *
   * @param rejected the header that was sent, or null
   * @param keyring asked only when a challenge can be answered with credentials
   * @return the header to try, or null when there is nothing (more) to try
   */
  @Nullable String answer(
      RegistryHost host,
      Key key,
      List<Challenge> challenges,
      @Nullable String rejected,
      Keyring keyring)
      throws IOException {
    Slot slot = slot(key);
    hold(slot);
    try {
      Known now = slot.known;
      if (now != null && now.usable() && !now.header().equals(rejected)) {
        return now.header(); // another request was faster
      }
      slot.known = null;
      Known next = respond(host, key, challenges, keyring);
      if (next == null || next.header().equals(rejected)) {
        return null;
      }
      slot.known = next;
      return next.header();
    } finally {
      slot.fetching.unlock();
    }
  }

  private @Nullable Known respond(
      RegistryHost host, Key key, List<Challenge> challenges, Keyring keyring) throws IOException {
    Found found = null;
    IOException refused = null;
    for (Challenge c : challenges) {
      boolean bearer = c.scheme().equals("bearer") && !c.parameter("realm").isEmpty();
      if (!bearer && !c.scheme().equals("basic")) {
        continue;
      }
      found = found == null ? keyring.find(host) : found;
      if (!bearer) {
        String basic = found.credentials().basic();
        if (!basic.isEmpty()) {
          return new Known("Basic " + basic, null, null, found);
        }
      } else if (!found.credentials().registryToken().isEmpty()) {
        return new Known("Bearer " + found.credentials().registryToken(), null, null, found);
      } else {
        try {
          return bearer(host, key, c, found, null);
        } catch (TokenEndpoint.RefusedException e) {
          refused = e; // the next challenge may be one that can be answered
        }
      }
    }
    if (refused != null) {
      throw refused;
    }
    return null;
  }

  private Known bearer(
      RegistryHost host, Key key, Challenge challenge, Found found, @Nullable Token earlier)
      throws IOException {
    Token token =
        tokens.fetch(
            host,
            challenge,
            scopes(key, challenge),
            found.credentials(),
            earlier == null ? "" : earlier.refresh());
    if (token.refresh().isEmpty() && earlier != null) {
      token = new Token(token.value(), token.expiresAt(), earlier.refresh());
    }
    return new Known("Bearer " + token.value(), token, challenge, found);
  }

  private static List<String> scopes(Key key, Challenge challenge) {
    var scopes = new ArrayList<String>();
    for (String scope : challenge.parameter("scope").split(" ", MOST_SCOPES)) {
      if (!scope.isBlank()) {
        scopes.add(scope.strip());
      }
    }
    return scopes.isEmpty()
        ? List.of("repository:" + key.repository() + ":" + key.actions())
        : scopes;
  }

  private Slot slot(Key key) {
    lock.lock();
    try {
      return slots.computeIfAbsent(key, k -> new Slot());
    } finally {
      lock.unlock();
    }
  }

  private static void hold(Slot slot) throws InterruptedIOException {
    try {
      slot.fetching.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a token");
    }
  }
}
