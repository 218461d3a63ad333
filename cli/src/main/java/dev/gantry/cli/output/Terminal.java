package dev.gantry.cli.output;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a command prints to, if that is a terminal. */
public interface Terminal {
  /** No terminal anywhere, as in a pipe or in a test. */
  Terminal NONE =
      new Terminal() {
        @Override
        public boolean output() {
          return false;
        }

        @Override
        public Optional<Size> errorSize() {
          return Optional.empty();
        }
      };

  /** How many characters find room. */
  record Size(int columns, int rows) {
    /** That of a terminal which does not tell its own. */
    public static final Size USUAL = new Size(80, 24);
  }

  /** Whether a person reads standard output, so that colour makes sense. */
  boolean output();

  /** The present size of the terminal that standard error is; empty when it is none. */
  Optional<Size> errorSize();

  /** The terminal of this process. */
  static Terminal ofProcess(Map<String, String> environment) {
    return new OfProcess("dumb".equals(environment.get("TERM")));
  }

  /** Asks the kernel's names of open files, and {@code stty} of coreutils for a size. */
  final class OfProcess implements Terminal {
    private static final Pattern DEVICE = Pattern.compile("/dev/(pts/\\d+|tty\\w*|console)");
    private static final Pattern ROWS_COLUMNS = Pattern.compile("(\\d{1,5}) (\\d{1,5})\\s*");
    private static final Path ERRORS = Path.of("/proc/self/fd/2");

    private final boolean dumb;

    private OfProcess(boolean dumb) {
      this.dumb = dumb;
    }

    @Override
    @SuppressWarnings("SystemConsoleNull") // JDK 25 went back to null where there is no terminal
    public boolean output() {
      Console console = System.console();
      return console != null && console.isTerminal();
    }

    @Override
    public Optional<Size> errorSize() {
      try {
        boolean device = DEVICE.matcher(Files.readSymbolicLink(ERRORS).toString()).matches();
        return device && !dumb ? Optional.of(askStty()) : Optional.empty();
      } catch (IOException e) {
        return Optional.empty(); // closed, or no /proc
      }
    }

    private static Size askStty() {
      try {
        Process stty =
            new ProcessBuilder("stty", "size")
                .redirectInput(new File(ERRORS.toString()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String answer = new String(stty.getInputStream().readNBytes(64), StandardCharsets.US_ASCII);
        Matcher numbers = ROWS_COLUMNS.matcher(answer);
        if (!numbers.matches()) {
          return Size.USUAL;
        }
        int rows = Integer.parseInt(numbers.group(1));
        int columns = Integer.parseInt(numbers.group(2));
        // A serial line says 0 0.
        return rows == 0 || columns == 0 ? Size.USUAL : new Size(columns, rows);
      } catch (IOException e) {
        return Size.USUAL; // no stty here
      }
    }
  }
}
