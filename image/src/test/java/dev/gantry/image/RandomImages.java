package dev.gantry.image;

import com.github.luben.zstd.Zstd;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TarWriter;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestLayer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Images of every make that share some of their layers; the same seed makes the same ones. */
final class RandomImages {
  private final Random random;
  private final List<TestLayer> shared = new ArrayList<>();

  private RandomImages(long seed) {
    random = new Random(seed);
  }

  /** So many images; a layer of the last one is so large. */
  static List<TestImage> make(long seed, int count, int largeLayer) {
    var maker = new RandomImages(seed);
    var images = new ArrayList<TestImage>();
    for (int i = 0; i < count - 1; i++) {
      images.add(maker.image(i));
    }
    byte[] large = new byte[largeLayer];
    maker.random.nextBytes(large);
    images.add(
        TestImage.builder()
            .layer(TarEntry.file("large", 0644, large))
            .layer(maker.layer(1, 1 << 18))
            .build());
    return images;
  }

  private TestImage image(int number) {
    int layers = 2 + random.nextInt(4);
    TestImage.Builder builder = TestImage.builder().env("N=" + number);
    builder.format(random.nextBoolean() ? TestImage.Format.OCI : TestImage.Format.DOCKER);
    for (int i = 0; i < layers; i++) {
      boolean again = !shared.isEmpty() && random.nextInt(3) == 0;
      TestLayer layer = again ? shared.get(random.nextInt(shared.size())) : layer(i, 1 << 18);
      shared.add(layer);
      builder.layer(layer);
    }
    return builder.build();
  }

  private TestLayer layer(int below, int most) {
    var entries = new ArrayList<TarEntry>();
    String top = "d" + random.nextInt(4);
    entries.add(TarEntry.dir(top, 0700 + random.nextInt(0100)).owner(random.nextInt(9), 5));
    int files = 1 + random.nextInt(8);
    for (int i = 0; i < files; i++) {
      byte[] content = new byte[random.nextInt(1, Math.max(2, most / files))];
      random.nextBytes(content);
      entries.add(TarEntry.file(top + "/f" + random.nextInt(20), 0600 + i, content));
    }
    entries.add(TarEntry.symlink(top + "/link", "f" + random.nextInt(20)));
    if (below > 0 && random.nextBoolean()) {
      entries.add(TarEntry.whiteout("d" + random.nextInt(4) + "/f" + random.nextInt(20)));
    }
    byte[] tar = TarWriter.archive(entries);
    return switch (random.nextInt(3)) {
      case 0 -> TestLayer.of(tar, tar, TestLayer.Compression.NONE);
      case 1 -> TestLayer.of(tar, Zstd.compress(tar), TestLayer.Compression.ZSTD);
      default -> TestLayer.of(tar, TestLayer.gzip(tar), TestLayer.Compression.GZIP);
    };
  }
}
