package dev.gantry.testkit;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Fails a test that leaves a mount, namespace pin, interface, cgroup or process behind, and names
 * what it left.
 *
 * <p>As {@code @ExtendWith(LeakCheck.class)} it looks after each test and after the class; {@link
 * #perClass} makes one that looks after the class only, for classes that share a daemon among their
 * tests. Others may work on the machine at the same time, so it counts what is known to be ours:
 * what lies below a {@link TestDirs}, has a name of {@link TestNames}, or was started by this JVM.
 * With the system property {@code gantry.leakcheck=all}, for machines that nobody else uses, it
 * counts every new mount, interface and cgroup, and every new container tool.
 */
public final class LeakCheck
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
  /** What ends by itself after a test, like a killed process, gets so many milliseconds. */
  static final String GRACE = "gantry.leakcheck.grace";

  private static final String GRACE_MILLIS = "10000";

  private static final long POLL_MILLIS = 50;
  private static final Namespace NAMESPACE = Namespace.create(LeakCheck.class);

  private final boolean eachTest;

  /** Makes a check of each test and the class. */
  public LeakCheck() {
    this(true);
  }

  private LeakCheck(boolean eachTest) {
    this.eachTest = eachTest;
  }

  /** Makes a check of the class as a whole. */
  public static LeakCheck perClass() {
    return new LeakCheck(false);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    before(context);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    if (eachTest) {
      before(context);
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (eachTest) {
      after(context, "test");
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    after(context, "test class");
  }

  private static void before(ExtensionContext context) {
    context.getStore(NAMESPACE).put(context.getUniqueId(), HostState.read());
  }

  private static void after(ExtensionContext context, String what) {
    HostState before = context.getStore(NAMESPACE).remove(context.getUniqueId(), HostState.class);
    if (before == null) {
      return;
    }
    long grace = Long.parseLong(context.getConfigurationParameter(GRACE).orElse(GRACE_MILLIS));
    Set<String> left = left(before, TimeUnit.MILLISECONDS.toNanos(grace));
    left.addAll(TestDirs.takeLeft());
    if (!left.isEmpty()) {
      throw new AssertionError("this " + what + " left behind:\n  " + String.join("\n  ", left));
    }
  }

  private static Set<String> left(HostState before, long graceNanos) {
    long deadline = System.nanoTime() + graceNanos;
    Set<String> left = HostState.read().since(before);
    while (!left.isEmpty() && System.nanoTime() < deadline) {
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return left;
      }
      left = HostState.read().since(before);
    }
    return new TreeSet<>(left);
  }
}
