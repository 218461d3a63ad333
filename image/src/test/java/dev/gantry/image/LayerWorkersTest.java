package dev.gantry.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LayerWorkersTest {
  @Test
  void interruptedWorkHasStoppedWhenTheCallerGoesOn() throws Exception {
    try (var workers = new LayerWorkers(1)) {
      var began = new CountDownLatch(1);
      var stopped = new CompletableFuture<Boolean>();
      Thread caller = Thread.currentThread();
      Thread.ofVirtual()
          .start(() -> {
            awaitQuietly(began);
            caller.interrupt();
          });
      assertThatThrownBy(() ->
              workers.run(() -> {
                began.countDown();
                try {
                  new CountDownLatch(1).await();
                } finally {
                  Thread.sleep(50);
                  stopped.complete(true);
                }
                return "";
              }))
          .isInstanceOf(InterruptedException.class);
      assertThat(stopped).isCompleted();
    }
  }

  @Test
  void whatWasMadeInSpiteOfAnInterruptIsHandedOver() throws Exception {
    try (var workers = new LayerWorkers(1)) {
      var began = new CountDownLatch(1);
      var asked = new CompletableFuture<Void>();
      Thread caller = Thread.currentThread();
      Thread.ofVirtual()
          .start(() -> {
            awaitQuietly(began);
            caller.interrupt();
          });
      String made =
          workers.run(() -> {
            began.countDown();
            try {
              asked.get();
            } catch (InterruptedException tooLateToStop) {
              return "a directory";
            }
            return "";
          });
      assertThat(made).isEqualTo("a directory");
      assertThat(Thread.interrupted()).as("the caller is still told").isTrue();
    }
  }

  @Test
  void nobodyWaitsForWorkThatAClosedPoolWillNotDo() throws Exception {
    var workers = new LayerWorkers(1);
    var began = new CountDownLatch(1);
    var ends = new ArrayList<CompletableFuture<Throwable>>();
    for (int i = 0; i < 8; i++) {
      var end = new CompletableFuture<Throwable>();
      ends.add(end);
      Thread.ofVirtual()
          .start(() -> {
            try {
              workers.run(() -> {
                began.countDown();
                new CountDownLatch(1).await();
                return "";
              });
              end.complete(new AssertionError("it was done"));
            } catch (Throwable t) {
              end.complete(t);
            }
          });
    }
    began.await();
    workers.close();
    for (var end : ends) {
      assertThat(end.get(20, TimeUnit.SECONDS)).isNotInstanceOf(AssertionError.class);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
