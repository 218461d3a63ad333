package dev.gantry.agent.status;

import dev.gantry.agent.runtime.RuntimeContainer;
import dev.gantry.agent.runtime.RuntimeLabels;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a container wanted to be remembered by: the file that it wrote, or the end of its log. Read
 * once for each container that has ended.
 */
public final class TerminationMessages {
  private static final int FILE_LIMIT = 4096;
  private static final int LOG_LIMIT = 2048;
  private static final int LOG_LINES = 80;

  private final Map<String, String> read = new ConcurrentHashMap<>();

  /** The message of a container that has ended: the runtime's own, and the container's. */
  public String of(RuntimeContainer is) {
    String own = read.computeIfAbsent(is.id(), id -> read(is));
    return is.message().isEmpty() || own.isEmpty() ? is.message() + own : is.message() + ": " + own;
  }

  /** Forgets containers of the past. */
  public void forget(java.util.Set<String> present) {
    read.keySet().retainAll(present);
  }

  private static String read(RuntimeContainer is) {
    String path = is.annotations().getOrDefault(RuntimeLabels.TERMINATION_PATH, "");
    String host = is.mounts().getOrDefault(path, "");
    String message = host.isEmpty() ? "" : tail(Path.of(host), FILE_LIMIT, false);
    boolean fallback =
        "FallbackToLogsOnError"
            .equals(is.annotations().getOrDefault(RuntimeLabels.TERMINATION_POLICY, ""));
    if (message.isEmpty() && fallback && is.exitCode() != 0 && !is.logPath().isEmpty()) {
      return lines(tail(Path.of(is.logPath()), LOG_LIMIT * 4, true));
    }
    return message;
  }

  /** Of a file the beginning, of a log the end; what is no regular file is not read. */
  private static String tail(Path file, int limit, boolean end) {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return "";
    }
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      long length = in.length();
      in.seek(end ? Math.max(0, length - limit) : 0);
      byte[] bytes = new byte[(int) Math.min(length, limit)];
      int count = Math.max(0, in.read(bytes));
      return new String(bytes, 0, count, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "Error on reading termination log " + file + ": " + e.getMessage();
    }
  }

  /** The text of CRI log lines: time, stream, tag, and the rest. */
  private static String lines(String log) {
    String[] all = log.split("\n", -1);
    StringBuilder text = new StringBuilder();
    for (int i = Math.max(0, all.length - LOG_LINES - 1); i < all.length; i++) {
      String[] parts = all[i].split(" ", 4);
      if (parts.length == 4) {
        text.append(parts[3]).append(parts[2].equals("F") ? "\n" : "");
      }
    }
    return text.substring(Math.max(0, text.length() - LOG_LIMIT));
  }
}
