package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PortMapping;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.linux.process.OrphanReaper;
import dev.gantry.testkit.Answer;
import dev.gantry.testkit.HostileRegistry;
import dev.gantry.testkit.LeakCheck;
import dev.gantry.testkit.TarEntry;
import dev.gantry.testkit.TestImage;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A daemon that is killed at any moment of its work leaves nothing that it does not find again. */
class KilledMidwayTest {
  private static final int ROUNDS = 6;

  /** Longer than it takes to make a pod or a container on an idle machine. */
  private static final int LONGEST_MILLIS = 400;

  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private static Node node;

  @BeforeAll
  static void startNode() throws IOException {
    OrphanReaper.start();
    node = Node.options().inOwnProcess().start();
  }

  @AfterAll
  static void stopNode() {
    node.close();
  }

  /** Kills the daemon after a while in which the work may have come to any point. */
  private static void killWithin(int millis, Runnable work) throws Exception {
    Thread caller =
        Thread.ofVirtual()
            .start(() -> {
              try {
                work.run();
              } catch (StatusRuntimeException expected) {
                // The daemon dies under the call.
                Thread.currentThread().interrupt();
              }
            });
    Thread.sleep(millis);
    node.kill();
    caller.join();
    node.boot();
  }

  private static List<String> listed() {
    return node
        .runtime()
        .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
        .getItemsList()
        .stream()
        .map(PodSandbox::getId)
        .toList();
  }

  @Test
  void podsAndContainersHalfMade() throws Exception {
    var random = new Random();
    for (int round = 0; round < ROUNDS; round++) {
      int millis = random.nextInt(LONGEST_MILLIS);
      TestPod pod = node.pod("round" + round);
      if (round % 2 == 0) {
        pod.pid(NamespaceMode.POD);
      }
      pod.config.addPortMappings(
          PortMapping.newBuilder().setContainerPort(80).setHostPort(FreePorts.next()));

      killWithin(
          millis,
          () -> {
            pod.run();
            for (int i = 0; i < 10; i++) {
              pod.startSleeper("sleeper" + i);
            }
          });

      // The kubelet goes on with what is listed, and asks again for what is not.
      List<String> before = listed();
      pod.run();
      assertThat(before).as("killed after " + millis + " ms").isSubsetOf(listed());
      assertThat(listed()).containsExactly(pod.id);
      pod.startSleeper("after");
      node.removeAllPods();
      assertThat(node.leftovers()).as("killed after " + millis + " ms").isEmpty();
    }
  }

  @Test
  void aPullHalfDone() throws Exception {
    try (var registry = HostileRegistry.start()) {
      var content = new byte[4 << 20];
      new Random().nextBytes(content);
      TestImage image =
          TestImage.builder().layer(TarEntry.file("big", 0644, content)).cmd("x").build();
      String name = registry.serve("app", "1", image);
      Hosts.plain(node, registry.host());
      Path images = node.config.root().resolve("images");
      registry.onLayer(image, 0, Answer.good().slowly(64 << 10, Duration.ofMillis(50)));

      killWithin(LONGEST_MILLIS, () -> pull(name));

      assertThat(node.images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList())
          .noneMatch(listed -> listed.getRepoTagsList().contains(name));
      assertThat(files(images.resolve("tmp"))).isEmpty();
      registry.behave();
      pull(name);
      assertThat(node.images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList())
          .anyMatch(listed -> listed.getRepoTagsList().contains(name));
      node.images()
          .removeImage(
              RemoveImageRequest.newBuilder()
                  .setImage(ImageSpec.newBuilder().setImage(name))
                  .build());
    }
  }

  private static void pull(String name) {
    node.images()
        .pullImage(
            PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(name)).build());
  }

  private static List<Path> files(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(dir)) {
      return entries.toList();
    }
  }
}
