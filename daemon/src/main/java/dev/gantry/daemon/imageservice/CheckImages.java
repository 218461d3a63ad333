package dev.gantry.daemon.imageservice;

import dev.gantry.cri.gantry.CheckImagesRequest;
import dev.gantry.cri.gantry.CheckImagesResponse;
import dev.gantry.cri.gantry.CheckResult;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Responses;
import dev.gantry.daemon.rpc.StreamRpc;
import dev.gantry.image.CheckFinding;
import dev.gantry.image.CheckListener;
import dev.gantry.image.CheckReport;
import dev.gantry.image.ImageChecker;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Verifies the image store, one call at a time, and tells how it gets on. */
public final class CheckImages implements StreamRpc<CheckImagesRequest, CheckImagesResponse> {
  private static final long TELL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final ImageChecker checker;
  private final Semaphore one = new Semaphore(1);

  public CheckImages(ImageChecker checker) {
    this.checker = checker;
  }

  @Override
  public void handle(CheckImagesRequest request, Responses<CheckImagesResponse> responses)
      throws Exception {
    if (!one.tryAcquire()) {
      throw CallFailure.precondition("check images: another check runs; wait for its end");
    }
    try {
      CheckReport report = checker.check(request.getRepair(), new Teller(responses));
      long repaired = report.findings().stream().filter(CheckFinding::repaired).count();
      Event.info("images checked")
          .with("layers", report.layers())
          .with("problems", report.findings().size())
          .with("repaired", repaired)
          .log();
      responses.send(
          CheckImagesResponse.newBuilder()
              .setChecked(report.layers())
              .setTotal(report.layers())
              .setResult(
                  CheckResult.newBuilder()
                      .setImages(report.images())
                      .setLayers(report.layers())
                      .setProblems(report.findings().size())
                      .setRepaired((int) repaired))
              .build());
    } finally {
      one.release();
    }
  }

  /** Tells of what is wrong at once, and of what is not now and then. */
  private static final class Teller implements CheckListener {
    private final Responses<CheckImagesResponse> responses;
    private long told = System.nanoTime();

    Teller(Responses<CheckImagesResponse> responses) {
      this.responses = responses;
    }

    @Override
    public void checked(int done, int total, @Nullable CheckFinding finding) {
      if (finding == null && System.nanoTime() - told < TELL_NANOS) {
        return;
      }
      told = System.nanoTime();
      var response = CheckImagesResponse.newBuilder().setChecked(done).setTotal(total);
      if (finding != null) {
        Event.warn("image store")
            .with("subject", finding.subject())
            .with("problem", finding.problem())
            .with("outcome", finding.outcome())
            .log();
        response.addFindings(
            dev.gantry.cri.gantry.CheckFinding.newBuilder()
                .setSubject(finding.subject())
                .addAllImages(finding.images())
                .setProblem(finding.problem())
                .setRepaired(finding.repaired())
                .setOutcome(finding.outcome()));
      }
      try {
        responses.send(response.build());
      } catch (InterruptedException e) {
        // The check itself sees it next, and ends.
        Thread.currentThread().interrupt();
      }
    }
  }
}
