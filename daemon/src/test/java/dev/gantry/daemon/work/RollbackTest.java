package dev.gantry.daemon.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.gantry.daemon.work.Rollback.RollbackException;
import java.io.IOException;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** Undoing in reverse. */
class RollbackTest {
  private final ArrayList<String> undone = new ArrayList<>();

  @Test
  void undoesInReverse() throws RollbackException {
    try (var rollback = new Rollback("work")) {
      rollback.push("first", () -> undone.add("first"));
      rollback.push("second", () -> undone.add("second"));
    }

    assertThat(undone).containsExactly("second", "first");
  }

  @Test
  void undoesNothingOnceCommitted() throws RollbackException {
    try (var rollback = new Rollback("work")) {
      rollback.push("first", () -> undone.add("first"));
      rollback.commit();
    }

    assertThat(undone).isEmpty();
  }

  @Test
  void everyUndoIsTriedAndEveryFailureKept() {
    var primary = new IOException("the work itself");

    Throwable failure =
        catchThrowable(() -> {
          try (var rollback = new Rollback("make x")) {
            rollback.push("first", () -> undone.add("first"));
            rollback.push(
                "second",
                () -> {
                  throw new IOException("no second");
                });
            rollback.push("third", () -> undone.add("third"));
            rollback.push(
                "fourth",
                () -> {
                  throw new IOException("no fourth");
                });
            throw primary;
          }
        });

    assertThat(failure).isSameAs(primary);
    assertThat(undone).containsExactly("third", "first");
    assertThat(failure.getSuppressed()).hasSize(1);
    Throwable undo = failure.getSuppressed()[0];
    assertThat(undo)
        .isInstanceOf(RollbackException.class)
        .hasMessageContaining("make x")
        .hasMessageContaining("fourth")
        .hasMessageContaining("no fourth");
    assertThat(undo.getSuppressed()).hasSize(1);
    assertThat(undo.getSuppressed()[0]).hasMessageContaining("no second");
  }
}
