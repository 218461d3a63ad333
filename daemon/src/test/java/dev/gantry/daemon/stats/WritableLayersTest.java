package dev.gantry.daemon.stats;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.daemon.container.ContainerRoots;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.DiskUsage.Usage;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WritableLayersTest {
  private static final String BAD = "1".repeat(64);
  private static final String DEEP = "2".repeat(64);
  private static final String YOUNG = "3".repeat(64);

  @TempDir Path dir;
  private final AtomicInteger badWalks = new AtomicInteger();
  private final AtomicInteger youngWalks = new AtomicInteger();
  private WritableLayers layers;

  @BeforeEach
  void makeContainers() throws Exception {
    var containers =
        new RecordStore<>("container", dir, ContainerRecord.parser(), ContainerRecord::getId);
    for (String id : new String[] {BAD, DEEP, YOUNG}) {
      containers.create(id, ContainerRecord.newBuilder().setId(id).build());
    }
    var roots = new ContainerRoots(dir.resolve("state"), containers);
    layers =
        new WritableLayers(
            containers,
            roots,
            layer -> {
              if (layer.equals(roots.writableLayer(BAD))) {
                badWalks.incrementAndGet();
                throw new LinuxException("measure", layer.toString(), Errno.EIO, "bad disk");
              }
              if (layer.equals(roots.writableLayer(YOUNG)) && youngWalks.incrementAndGet() == 1) {
                throw new LinuxException("measure", layer.toString(), Errno.ENOENT, "not made");
              }
              return new Usage(100, 3, !layer.equals(roots.writableLayer(DEEP)));
            });
  }

  @AfterEach
  void close() {
    layers.close();
  }

  @Test
  void whatCannotBeMeasuredIsNotTriedAgainByEveryCall() {
    await()
        .until(() -> {
          layers.wanted();
          return layers.of(YOUNG) != null;
        });
    for (int i = 0; i < 5; i++) {
      layers.wanted();
    }
    assertThat(youngWalks).hasValue(2);
    assertThat(badWalks).hasValue(1);
    assertThat(layers.of(BAD)).isNull();
  }

  @Test
  void whatIsTooDeepIsToldAsFarAsItWasCounted() {
    await()
        .until(() -> {
          layers.wanted();
          return layers.of(YOUNG) != null;
        });
    assertThat(requireNonNull(layers.of(DEEP)).usage().bytes()).isEqualTo(100);
    assertThat(layers.sum()).isEqualTo(new Usage(200, 6, false));
  }
}
