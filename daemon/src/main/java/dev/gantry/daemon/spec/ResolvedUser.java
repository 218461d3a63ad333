package dev.gantry.daemon.spec;

import java.util.List;

/**
 * Whom a container runs as, by number.
 *
 * @param additionalGids supplementary groups, without the primary one unless it was asked for
 */
public record ResolvedUser(long uid, long gid, List<Long> additionalGids) {
  public ResolvedUser {
    additionalGids = List.copyOf(additionalGids);
  }
}
