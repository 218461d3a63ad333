package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatsRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.Image;
import dev.gantry.cri.v1.ImageFsInfoRequest;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.cri.v1.ReopenContainerLogRequest;
import dev.gantry.cri.v1.RuntimeCondition;
import dev.gantry.cri.v1.StatusRequest;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.testkit.LeakCheck;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import java.nio.file.Files;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A life of a pod as a kubelet of before 1.26 asks for it, which knows the services by the names
 * that they had in {@code runtime.v1alpha2}; the messages are the same.
 */
class OldServiceNamesTest {
  @RegisterExtension static final LeakCheck LEAKS = LeakCheck.perClass();

  private final Set<String> called = ConcurrentHashMap.newKeySet();

  /** Calls every method by its old name. */
  private final class OldNames implements ClientInterceptor {
    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      String old = method.getFullMethodName().replaceFirst("^runtime[.]v1[.]", "runtime.v1alpha2.");
      called.add(old);
      return next.newCall(method.toBuilder().setFullMethodName(old).build(), options);
    }
  }

  @Test
  void aPodLivesUnderTheOldNames() throws Exception {
    try (Node node = Node.options().interceptors(new OldNames()).start()) {
      assertThat(node.runtime().version(VersionRequest.getDefaultInstance()).getRuntimeName())
          .isEqualTo("gantry");
      assertThat(
              node.runtime()
                  .status(StatusRequest.getDefaultInstance())
                  .getStatus()
                  .getConditionsList())
          .filteredOn(condition -> condition.getType().endsWith("Ready"))
          .allMatch(RuntimeCondition::getStatus);
      Image image =
          node.images()
              .imageStatus(
                  ImageStatusRequest.newBuilder()
                      .setImage(ImageSpec.newBuilder().setImage(Node.BUSYBOX))
                      .build())
              .getImage();
      assertThat(image.getRepoTagsList()).containsExactly(Node.BUSYBOX);
      assertThat(node.images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList())
          .extracting(Image::getId)
          .containsExactly(image.getId());

      runAPod(node);

      var _ =
          node.images()
              .removeImage(
                  RemoveImageRequest.newBuilder()
                      .setImage(ImageSpec.newBuilder().setImage(image.getId()))
                      .build());
      assertThat(node.images().listImages(ListImagesRequest.getDefaultInstance()).getImagesList())
          .isEmpty();
      assertThat(
              node.images()
                  .imageFsInfo(ImageFsInfoRequest.getDefaultInstance())
                  .getImageFilesystemsCount())
          .isPositive();
    }
    assertThat(called)
        .allMatch(name -> name.startsWith("runtime.v1alpha2."))
        .hasSizeGreaterThan(18);
  }

  private static void runAPod(Node node) throws Exception {
    TestPod pod = node.pod("old").run();
    assertThat(pod.ip()).isNotEmpty();
    assertThat(
            node.runtime()
                .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                .getItemsList())
        .extracting(PodSandbox::getId)
        .containsExactly(pod.id);
    TestContainer container =
        pod.start(pod.shell("main", "trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done"));
    container.awaitLine("up");
    assertThat(container.sh("echo $((6 * 7))")).isEqualTo("42");
    assertThat(
            node.runtime()
                .exec(
                    ExecRequest.newBuilder()
                        .setContainerId(container.id)
                        .addCmd("true")
                        .setStdout(true)
                        .build())
                .getUrl())
        .startsWith("http");
    assertThat(
            node.runtime()
                .containerStats(
                    ContainerStatsRequest.newBuilder().setContainerId(container.id).build())
                .getStats()
                .getAttributes()
                .getId())
        .isEqualTo(container.id);
    Files.move(container.log(), container.log().resolveSibling("rotated"));
    var _ =
        node.runtime()
            .reopenContainerLog(
                ReopenContainerLogRequest.newBuilder().setContainerId(container.id).build());
    assertThat(container.log()).exists();
    container.stop(60);
    assertThat(container.ended().getExitCode()).isEqualTo(5);
    assertThat(
            node.runtime()
                .listContainers(ListContainersRequest.getDefaultInstance())
                .getContainersList())
        .extracting(Container::getState)
        .containsExactly(ContainerState.CONTAINER_EXITED);
    container.remove();
    pod.stop();
    assertThat(pod.status().getState()).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
    pod.remove();
    assertThat(
            node.runtime()
                .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                .getItemsList())
        .isEmpty();
  }
}
