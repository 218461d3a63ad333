package dev.gantry.daemon.doctor;

import dev.gantry.oci.runtime.DefaultCapabilities;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The capabilities the daemon itself may hand on, from {@code CapBnd} of {@code /proc/self/status};
 * a container cannot have more, see capabilities(7).
 *
 * @param names such as {@code CAP_CHOWN}, in the kernel's order
 */
public record HostCapabilities(List<String> names) {
  public HostCapabilities {
    names = List.copyOf(names);
  }

  /** Whether the daemon has the capability. */
  public boolean has(String name) {
    return names.contains(name);
  }

  /** Reads the daemon's own. */
  public static HostCapabilities read() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("CapBnd:")) {
          return of(new BigInteger(line.substring("CapBnd:".length()).strip(), 16));
        }
      }
      throw new IllegalStateException("/proc/self/status has no CapBnd line");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static HostCapabilities of(BigInteger mask) {
    var names = new ArrayList<String>();
    for (int i = 0; i < DefaultCapabilities.ALL.size(); i++) {
      if (mask.testBit(i)) {
        names.add(DefaultCapabilities.ALL.get(i));
      }
    }
    return new HostCapabilities(names);
  }
}
