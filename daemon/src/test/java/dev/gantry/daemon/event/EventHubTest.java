package dev.gantry.daemon.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.store.Entry;
import dev.gantry.daemon.store.Ids;
import dev.gantry.daemon.store.RecordStore;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order of events, and what becomes of a listener that reads too slowly. */
class EventHubTest {
  /** As many as wait for one listener. */
  private static final int MOST = 1_000;

  @TempDir private Path dir;
  private RecordStore<ContainerRecord> containers;
  private EventHub hub;

  @BeforeEach
  void open() {
    var pods = new RecordStore<>("pod", dir.resolve("pods"), PodRecord.parser(), PodRecord::getId);
    containers =
        new RecordStore<>("container", dir, ContainerRecord.parser(), ContainerRecord::getId);
    hub = new EventHub(pods, containers, (podId, event) -> {});
  }

  private Entry<ContainerRecord> container() throws Exception {
    String id = Ids.random();
    return containers.create(id, ContainerRecord.newBuilder().setId(id).setPodId("pod").build());
  }

  private static void enter(Entry<ContainerRecord> container, ContainerStage stage) {
    container.settle(record -> record.toBuilder().setStage(stage).build());
  }

  /** Two events. */
  private static void runOnce(Entry<ContainerRecord> container) {
    enter(container, ContainerStage.CONTAINER_STAGE_RUNNING);
    enter(container, ContainerStage.CONTAINER_STAGE_EXITED);
  }

  @Test
  void allHearTheSameInTheSameOrderAndNumbered() throws Exception {
    try (Subscription one = hub.subscribe();
        Subscription other = hub.subscribe()) {
      var threads = new ArrayList<Thread>();
      for (int i = 0; i < 8; i++) {
        Entry<ContainerRecord> container = container();
        threads.add(
            Thread.ofVirtual()
                .start(() -> {
                  for (int round = 0; round < 50; round++) {
                    runOnce(container);
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      var heard = new ArrayList<ContainerEventResponse>();
      for (int i = 0; i < 800; i++) {
        heard.add(one.next());
        assertThat(other.next()).isSameAs(heard.getLast());
      }
      assertThat(heard)
          .extracting(ContainerEventResponse::getCreatedAt)
          .isSorted()
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void whoReadsTooSlowlyHearsAllThatWaitedAndThenHowManyAreLost() throws Exception {
    try (Subscription slow = hub.subscribe();
        Subscription quick = hub.subscribe()) {
      Entry<ContainerRecord> container = container();
      int heardByQuick = 0;
      for (int i = 0; i < MOST / 2 + 10; i++) {
        runOnce(container);
        quick.next();
        quick.next();
        heardByQuick += 2;
      }
      assertThat(heardByQuick).isEqualTo(MOST + 20);
      List<Long> heard = new ArrayList<>();
      for (int i = 0; i < MOST; i++) {
        heard.add(slow.next().getCreatedAt());
      }
      assertThat(heard).isSorted().doesNotHaveDuplicates();
      assertThatThrownBy(slow::next)
          .isInstanceOfSatisfying(
              CallFailure.class,
              e -> assertThat(e.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED))
          .hasMessageContaining("20 events were dropped")
          .hasMessageContaining("list pods and containers");
    }
  }

  @Test
  void whoReadsSlowlyButInTimeLosesNothing() throws Exception {
    try (Subscription slow = hub.subscribe()) {
      Entry<ContainerRecord> container = container();
      for (int i = 0; i < MOST / 2; i++) {
        runOnce(container);
      }
      for (int i = 0; i < MOST; i++) {
        assertThat(slow.next().getContainerId()).isEqualTo(container.id());
      }
      runOnce(container);
      assertThat(slow.next().getContainerId()).isEqualTo(container.id());
    }
  }
}
