package dev.gantry.streaming.server;

import io.netty.channel.Channel;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Connections that have not shown a token. When there are too many the oldest goes: one with a
 * token shows it at once, so nobody can keep others out by connecting and waiting.
 */
// A write that fails closes the connection, and who must know hears of that.
@SuppressWarnings("FutureReturnValueIgnored")
final class Strangers {
  private final Set<Channel> waiting = new LinkedHashSet<>();

  void add(Channel channel) {
    Channel oldest = put(channel);
    if (oldest != null) {
      oldest.close();
    }
    channel.closeFuture().addListener(closed -> remove(channel));
  }

  private synchronized @Nullable Channel put(Channel channel) {
    waiting.add(channel);
    if (waiting.size() <= Limits.STRANGERS) {
      return null;
    }
    Channel oldest = waiting.iterator().next();
    waiting.remove(oldest);
    return oldest;
  }

  synchronized void remove(Channel channel) {
    waiting.remove(channel);
  }
}
