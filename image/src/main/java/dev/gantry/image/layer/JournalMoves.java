package dev.gantry.image.layer;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where files of a layer went after their data had been written: a later entry of the archive
 * replaced them (then they lie in {@code kept}, for the archive cannot be made again without them),
 * or settling moved them. Rare; most layers have no such file.
 */
final class JournalMoves {
  private static final String FILE = "moves";

  /** What is moved when all files are there. */
  static final long AT_THE_END = Long.MAX_VALUE;

  private final Map<String, List<Placed>> byOrigin = new HashMap<>();

  /**
   * @param position which move it is, in time
   */
  private record Placed(Move move, int position) {}

  /**
   * @param before how many files of the journal had been written
   * @param to where it lies now; a leading slash means in {@code kept}
   */
  record Move(long before, String from, String to) {}

  /** The moves of a layer, in the order in which they were made. */
  static JournalMoves read(Path layer) throws IOException {
    var moves = new JournalMoves();
    Path file = layer.resolve(FILE);
    if (!Files.exists(file)) {
      return moves;
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      int position = 0;
      for (long before = next(in); before >= 0; before = next(in)) {
        var move = new Move(before, Varint.readName(in), Varint.readName(in));
        moves
            .byOrigin
            .computeIfAbsent(move.from(), f -> new ArrayList<>())
            .add(new Placed(move, position++));
      }
    }
    return moves;
  }

  private static long next(InputStream in) throws IOException {
    in.mark(1);
    if (in.read() < 0) {
      return -1;
    }
    in.reset();
    return Varint.read(in);
  }

  /** Adds to the moves of a layer that nobody knows yet. */
  static void append(Path layer, List<Move> moves) throws IOException {
    if (moves.isEmpty()) {
      return;
    }
    try (OutputStream out =
        new BufferedOutputStream(
            Files.newOutputStream(
                layer.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.APPEND))) {
      for (Move m : moves) {
        Varint.write(out, m.before());
        Varint.writeName(out, m.from());
        Varint.writeName(out, m.to());
      }
    }
  }

  /** Where the file lies now that was written as the {@code index}th to {@code path}. */
  String now(long index, String path) {
    String at = path;
    int done = -1;
    while (!byOrigin.isEmpty() && !at.startsWith("/")) {
      Placed next = first(at, index, done);
      if (next == null) {
        break;
      }
      at = next.move().to() + at.substring(next.move().from().length());
      done = next.position();
    }
    return at;
  }

  /** The first move, later than {@code done}, of the path or of a directory it lies in. */
  private @Nullable Placed first(String path, long index, int done) {
    Placed first = null;
    for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
      for (Placed p : byOrigin.getOrDefault(path.substring(0, end), List.of())) {
        if (p.move().before() > index && p.position() > done) {
          if (first == null || p.position() < first.position()) {
            first = p;
          }
          break;
        }
      }
    }
    return first;
  }
}
