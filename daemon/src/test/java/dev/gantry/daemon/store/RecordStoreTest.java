package dev.gantry.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.linux.Boot;
import dev.gantry.linux.file.RecordFile;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One file for each object, and memory as their index. */
class RecordStoreTest {
  private static final String ONE = "1".repeat(64);
  private static final String TWO = "12".repeat(32);

  @TempDir Path dir;

  private RecordStore<PodRecord> store;

  @BeforeEach
  void newStore() {
    store = open();
  }

  private RecordStore<PodRecord> open() {
    return new RecordStore<>("pod", dir, PodRecord.parser(), PodRecord::getCgroupParent);
  }

  /** The cgroup stands for the name here. */
  private static PodRecord record(String id, String name) {
    return PodRecord.newBuilder().setId(id).setCgroupParent(name).build();
  }

  @Test
  void isWrittenBeforeItIsThereAndReadBack() throws Exception {
    Entry<PodRecord> entry = store.create(ONE, record(ONE, "a"));
    entry.update(r -> r.toBuilder().setState(PodState.POD_STATE_READY).build());

    RecordStore<PodRecord> again = open();
    var loaded = again.load();

    assertThat(loaded).hasSize(1);
    assertThat(loaded.getFirst().bootId()).isEqualTo(Boot.id());
    assertThat(again.get(ONE).record().getState()).isEqualTo(PodState.POD_STATE_READY);
    assertThat(again.named("a")).isPresent();
    assertThat(again.strays()).isEmpty();
  }

  @Test
  void aNameIsTakenOnce() throws Exception {
    store.create(ONE, record(ONE, "a"));

    assertThatThrownBy(() -> store.create(TWO, record(TWO, "a")))
        .isInstanceOfSatisfying(
            CallFailure.class, e -> assertThat(e.code()).isEqualTo(Status.Code.ALREADY_EXISTS))
        .hasMessageContaining(ONE);
    assertThat(dir.resolve(TWO)).doesNotExist();

    store.remove(ONE);
    store.remove(ONE);
    store.create(TWO, record(TWO, "a"));
    assertThat(dir.resolve(ONE)).doesNotExist();
  }

  @Test
  void isFoundByAUniqueBeginning() throws Exception {
    store.create(ONE, record(ONE, "a"));
    store.create(TWO, record(TWO, "b"));

    assertThat(store.get("11").id()).isEqualTo(ONE);
    assertThat(store.get("12").id()).isEqualTo(TWO);
    assertThat(store.find("3")).isEmpty();
    assertThat(store.find("../1")).isEmpty();
    assertThatThrownBy(() -> store.get("1"))
        .isInstanceOfSatisfying(
            CallFailure.class, e -> assertThat(e.code()).isEqualTo(Status.Code.INVALID_ARGUMENT))
        .hasMessageContaining("several");
    assertThatThrownBy(() -> store.find("")).isInstanceOf(CallFailure.class);
    assertThatThrownBy(() -> store.get("f"))
        .isInstanceOfSatisfying(
            CallFailure.class, e -> assertThat(e.code()).isEqualTo(Status.Code.NOT_FOUND));
  }

  @Test
  void whatATornWriteLeftIsAStray() throws Exception {
    store.create(ONE, record(ONE, "a"));
    store.create(TWO, record(TWO, "b"));
    Path file = dir.resolve(ONE).resolve("record");
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length += 7) {
      Files.write(file, Arrays.copyOf(whole, length));

      RecordStore<PodRecord> again = open();
      assertThat(again.load()).as(length + " bytes").hasSize(1);
      assertThat(again.strays()).containsExactly(ONE);
    }
    Files.delete(file);
    RecordStore<PodRecord> again = open();
    again.load();
    assertThat(again.strays()).containsExactly(ONE);
    again.remove(ONE);
    assertThat(dir.resolve(ONE)).doesNotExist();
  }

  @Test
  void aFlippedBitIsNoRecord() throws Exception {
    store.create(ONE, record(ONE, "a"));
    Path file = dir.resolve(ONE).resolve("record");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes, StandardOpenOption.TRUNCATE_EXISTING);

    RecordStore<PodRecord> again = open();
    assertThat(again.load()).isEmpty();
    assertThat(again.strays()).containsExactly(ONE);
  }

  @Test
  void aRecordOfANewerGantryIsNotTouched() throws IOException {
    Files.createDirectory(dir.resolve(ONE));
    RecordFile.write(
        dir.resolve(ONE).resolve("record"), 99, new byte[0], RecordFile.Durability.NONE);

    assertThatThrownBy(() -> store.load())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("newer Gantry");
  }

  @Test
  void othersInTheDirectoryAreLeftAlone() throws IOException {
    Files.createDirectory(dir.resolve("lost+found"));

    assertThat(store.load()).isEmpty();
    assertThat(store.strays()).isEmpty();
  }

  @Test
  void whoWaitsIsToldOnce() throws Exception {
    Entry<PodRecord> entry = store.create(ONE, record(ONE, "a"));
    CompletableFuture<PodRecord> ready = entry.when(r -> r.getState() == PodState.POD_STATE_READY);
    assertThat(ready).isNotDone();

    entry.update(r -> r.toBuilder().setState(PodState.POD_STATE_READY).build());

    assertThat(ready.get().getState()).isEqualTo(PodState.POD_STATE_READY);
    assertThat(entry.when(r -> r.getState() == PodState.POD_STATE_READY)).isCompleted();
  }

  @Test
  void aChangeThatCannotBeWrittenIsNone() throws Exception {
    Entry<PodRecord> entry = store.create(ONE, record(ONE, "a"));
    Files.delete(dir.resolve(ONE).resolve("record"));
    Files.delete(dir.resolve(ONE));

    assertThatThrownBy(
            () -> entry.update(r -> r.toBuilder().setState(PodState.POD_STATE_READY).build()))
        .isInstanceOf(IOException.class);
    assertThat(entry.record().getState()).isEqualTo(PodState.POD_STATE_CREATED);
  }
}
