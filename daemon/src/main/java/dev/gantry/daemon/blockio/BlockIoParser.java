package dev.gantry.daemon.blockio;

import dev.gantry.daemon.spec.Quantity;
import dev.gantry.daemon.yaml.YamlFormatException;
import dev.gantry.daemon.yaml.YamlMap;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.oci.runtime.BlockIo;
import dev.gantry.oci.runtime.ThrottleDevice;
import dev.gantry.oci.runtime.WeightDevice;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads one class: a list of weights and throttles, each for devices that patterns name, a weight
 * also for all. Of two values for one device the later holds.
 */
final class BlockIoParser {
  private static final int LEAST_WEIGHT = 10;
  private static final int MOST_WEIGHT = 1000;

  private @Nullable Integer weight;
  private final List<WeightDevice> weights = new ArrayList<>();
  private final List<ThrottleDevice> readBps = new ArrayList<>();
  private final List<ThrottleDevice> writeBps = new ArrayList<>();
  private final List<ThrottleDevice> readIops = new ArrayList<>();
  private final List<ThrottleDevice> writeIops = new ArrayList<>();

  private BlockIoParser() {}

  static BlockIo parse(List<YamlMap> items) throws IOException, YamlFormatException {
    var parser = new BlockIoParser();
    for (YamlMap item : items) {
      parser.add(item);
    }
    return new BlockIo(
        parser.weight,
        null,
        parser.weights,
        parser.readBps,
        parser.writeBps,
        parser.readIops,
        parser.writeIops);
  }

  private void add(YamlMap item) throws IOException, YamlFormatException {
    List<String> patterns = item.texts("Devices");
    List<FileStat> devices = devices(item, patterns);
    Optional<Long> itemWeight = weight(item);
    if (itemWeight.isPresent() && patterns.isEmpty()) {
      weight = itemWeight.get().intValue();
    }
    for (FileStat device : devices) {
      long major = At.major(device.rdev());
      long minor = At.minor(device.rdev());
      itemWeight.ifPresent(value -> {
        weights.removeIf(known -> known.major() == major && known.minor() == minor);
        weights.add(new WeightDevice(major, minor, value.intValue(), null));
      });
    }
    throttle(item, "ThrottleReadBps", patterns, devices, readBps);
    throttle(item, "ThrottleWriteBps", patterns, devices, writeBps);
    throttle(item, "ThrottleReadIOPS", patterns, devices, readIops);
    throttle(item, "ThrottleWriteIOPS", patterns, devices, writeIops);
    item.end();
  }

  private static Optional<Long> weight(YamlMap item) throws YamlFormatException {
    Optional<Long> value = quantity(item, "Weight");
    if (value.isPresent() && (value.get() < LEAST_WEIGHT || value.get() > MOST_WEIGHT)) {
      throw new YamlFormatException(
          item.where() + ": Weight " + value.get() + " is not from 10 to 1000");
    }
    return value;
  }

  private static void throttle(
      YamlMap item,
      String key,
      List<String> patterns,
      List<FileStat> devices,
      List<ThrottleDevice> rates)
      throws YamlFormatException {
    Optional<Long> rate = quantity(item, key);
    if (rate.isPresent() && patterns.isEmpty()) {
      throw new YamlFormatException(item.where() + ": " + key + " needs Devices");
    }
    for (FileStat device : devices) {
      long major = At.major(device.rdev());
      long minor = At.minor(device.rdev());
      rate.ifPresent(value -> {
        rates.removeIf(known -> known.major() == major && known.minor() == minor);
        rates.add(new ThrottleDevice(major, minor, value));
      });
    }
  }

  private static Optional<Long> quantity(YamlMap item, String key) throws YamlFormatException {
    Optional<String> text = item.textOrNumber(key);
    if (text.isEmpty() || text.get().isEmpty()) {
      return Optional.empty();
    }
    OptionalLong amount = Quantity.parse(text.get());
    if (amount.isEmpty()) {
      throw new YamlFormatException(item.where() + ": " + key + " " + text.get() + " is no amount");
    }
    return Optional.of(amount.getAsLong());
  }

  /** The block devices that the patterns mean; a pattern that means none is allowed to. */
  private static List<FileStat> devices(YamlMap item, List<String> patterns)
      throws IOException, YamlFormatException {
    var paths = new TreeSet<Path>();
    for (String pattern : patterns) {
      Path path = Path.of(pattern);
      Path directory = path.getParent();
      if (!path.isAbsolute() || directory == null || directory.toString().contains("*")) {
        throw new YamlFormatException(
            item.where()
                + ": Devices: "
                + pattern
                + " is no absolute path with patterns in its last part only");
      }
      if (Files.isDirectory(directory)) {
        try (DirectoryStream<Path> found =
            Files.newDirectoryStream(directory, path.getFileName().toString())) {
          for (Path device : found) {
            paths.add(device.toRealPath());
          }
        }
      }
    }
    var devices = new ArrayList<FileStat>();
    for (Path path : paths) {
      FileStat stat = At.stat(At.CWD, path.toString(), true);
      if (stat.type() == FileStat.BLOCK_DEVICE) {
        devices.add(stat);
      }
    }
    return devices;
  }
}
