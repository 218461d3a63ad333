package dev.gantry.agent.podspec;

import dev.gantry.agent.api.Pod;
import dev.gantry.cri.v1.UserNamespace;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Ranges of 65536 host ids, one for each pod with {@code hostUsers: false}, kept on disk. */
@SuppressWarnings("DoNotCallSuggester")
public final class UserNamespaces {
  private final Path pods;

  /** Reads the ranges that the pods below this directory have. */
  public UserNamespaces(Path pods) throws IOException {
    this.pods = pods;
  }

  /** The pod's range, taken and written down if it has none; null if it uses the host's ids. */
  public @Nullable UserNamespace of(Pod pod) throws IOException {
    throw new UnsupportedOperationException(pod.reference() + pods);
  }

  /** Gives back the range. */
  public void release(String podUid) {
    throw new UnsupportedOperationException(podUid);
  }
}
