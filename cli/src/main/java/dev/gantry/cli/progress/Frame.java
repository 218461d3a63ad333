package dev.gantry.cli.progress;

import dev.gantry.cli.output.Human;
import dev.gantry.cri.gantry.LayerProgress;
import dev.gantry.cri.gantry.LayerStage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What is to be seen of a transfer: lines that fit a terminal, or one line for a log. Pure: the
 * same state gives the same text.
 *
 * @param columns of the terminal
 * @param rows of the terminal
 * @param unicode whether it shows more than ASCII
 */
record Frame(int columns, int rows, boolean unicode) {
  private static final int LABEL = 12;
  private static final int SIZES = 17;
  private static final int RATE = 11;
  private static final int LEFT = 8;
  private static final int WIDEST_BAR = 40;
  private static final int NARROWEST_BAR = 6;

  /** The lines, each shorter than the terminal is wide and together fewer than it is high. */
  List<String> lines(String title, Transfer transfer) {
    List<String> lines = new ArrayList<>();
    boolean elsewhere = !transfer.host().isEmpty() && !title.contains(" " + transfer.host() + "/");
    lines.add(title + (elsewhere ? " from " + transfer.host() : ""));
    List<LayerProgress> layers = transfer.layers();
    List<LayerProgress> shown = shown(layers, Math.max(1, rows - 4));
    for (LayerProgress layer : shown) {
      lines.add(line(layer, transfer));
    }
    if (shown.size() < layers.size()) {
      lines.add("and " + Human.count(layers.size() - shown.size(), "more layer"));
    }
    if (!layers.isEmpty()) {
      String label = transfer.finished() + "/" + layers.size() + " layers";
      long left = secondsLeft(transfer);
      lines.add(bar(label, transfer.bytes(), transfer.total(), transfer.rate(), left));
    }
    return lines.stream().limit(Math.max(1, rows - 1)).map(this::cut).toList();
  }

  /** The same in one line: {@code 36.1MB of 150.2MB, 3 of 8 layers, 18.1MB/s, 7s left}. */
  static String summary(Transfer transfer) {
    long total = transfer.total();
    StringBuilder line = new StringBuilder(Human.size(transfer.bytes()));
    if (total >= 0) {
      line.append(" of ").append(Human.size(total));
    }
    line.append(", ").append(transfer.finished());
    line.append(" of ").append(transfer.layers().size()).append(" layers");
    if (transfer.rate() > 0) {
      line.append(", ").append(rate(transfer.rate()));
      String left = duration(secondsLeft(transfer));
      line.append(left.isEmpty() ? "" : ", " + left + " left");
    }
    return line.toString();
  }

  // Where not all find room, those with which something happens come first; the order stays.
  private static List<LayerProgress> shown(List<LayerProgress> layers, int room) {
    if (layers.size() <= room) {
      return layers;
    }
    List<LayerProgress> chosen =
        layers.stream()
            .sorted(Comparator.comparingInt(l -> interest(l.getStage())))
            .limit(room)
            .toList();
    return layers.stream().filter(chosen::contains).toList();
  }

  private static int interest(LayerStage stage) {
    return switch (stage) {
      case LAYER_STAGE_TRANSFER, LAYER_STAGE_PACKING -> 0;
      case LAYER_STAGE_UNPACKING -> 1;
      case LAYER_STAGE_WAITING, UNRECOGNIZED -> 2;
      case LAYER_STAGE_DONE -> 3;
      case LAYER_STAGE_PRESENT -> 4;
    };
  }

  private String line(LayerProgress layer, Transfer transfer) {
    String label = label(layer.getDigest());
    return switch (layer.getStage()) {
      case LAYER_STAGE_TRANSFER ->
          bar(
              label,
              layer.getBytes(),
              layer.getTotal(),
              transfer.rate(layer),
              secondsLeft(layer.getBytes(), layer.getTotal(), transfer.rate(layer)));
      case LAYER_STAGE_UNPACKING -> state(label, "unpacking", layer);
      case LAYER_STAGE_PACKING ->
          bar(label, layer.getBytes(), layer.getTotal(), 0, -1) + "  packing";
      case LAYER_STAGE_WAITING, UNRECOGNIZED -> state(label, "waiting", layer);
      case LAYER_STAGE_PRESENT -> state(label, "already there", layer);
      case LAYER_STAGE_DONE -> state(label, "done", layer);
    };
  }

  private static String label(String digest) {
    String hex = digest.substring(digest.indexOf(':') + 1);
    return hex.length() > LABEL ? hex.substring(0, LABEL) : hex;
  }

  private static String state(String label, String state, LayerProgress layer) {
    String size = layer.getTotal() < 0 ? "" : "  " + Human.size(layer.getTotal(), 3);
    return padded(label, LABEL) + "  " + padded(state, 13) + size;
  }

  private String bar(String label, long bytes, long total, double rate, long left) {
    StringBuilder line = new StringBuilder(padded(label, LABEL)).append("  ");
    String numbers = numbers(bytes, total, rate, left);
    int room = Math.min(WIDEST_BAR, columns - 1 - LABEL - 4 - SIZES - RATE - LEFT);
    if (total > 0 && room >= NARROWEST_BAR) {
      line.append(drawn(room, (double) Math.min(bytes, total) / total)).append("  ");
    }
    return line.append(numbers).toString().stripTrailing();
  }

  private static String numbers(long bytes, long total, double rate, long left) {
    String sizes = Human.size(bytes, 3) + (total < 0 ? "" : "/" + Human.size(total, 3));
    String speed = rate > 0 ? rate(rate) : "";
    return padded(sizes, SIZES) + padded(speed, RATE) + duration(left);
  }

  private String drawn(int width, double share) {
    if (!unicode) {
      int full = (int) (share * (width - 2));
      return "[" + "=".repeat(full) + " ".repeat(width - 2 - full) + "]";
    }
    int full = (int) (share * width);
    return "━".repeat(full) + "─".repeat(width - full);
  }

  static String rate(double perSecond) {
    return Human.size(Math.round(perSecond), 3) + "/s";
  }

  /** All of it takes as long as the slowest layer, however fast others have come. */
  private static long secondsLeft(Transfer transfer) {
    long left = secondsLeft(transfer.bytes(), transfer.total(), transfer.rate());
    for (LayerProgress layer : transfer.layers()) {
      double rate = transfer.rate(layer);
      left = Math.max(left, secondsLeft(layer.getBytes(), layer.getTotal(), rate));
    }
    return left;
  }

  /** How long it takes at this rate; -1 when nobody can say. */
  static long secondsLeft(long bytes, long total, double rate) {
    return total < 0 || rate < 1 || bytes >= total ? -1 : (long) Math.ceil((total - bytes) / rate);
  }

  /** So many seconds as text; empty for a negative number. */
  static String duration(long seconds) {
    if (seconds < 60) {
      return seconds < 0 ? "" : seconds + "s";
    }
    if (seconds < 3600) {
      return seconds / 60 + "m" + two(seconds % 60) + "s";
    }
    return seconds < 100 * 3600 ? seconds / 3600 + "h" + two(seconds % 3600 / 60) + "m" : ">99h";
  }

  private static String two(long number) {
    return number < 10 ? "0" + number : String.valueOf(number);
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  private String cut(String line) {
    return line.length() < columns ? line : line.substring(0, Math.max(0, columns - 1));
  }
}
