package dev.gantry.agent.podspec;

/** Thousandths of a processor as the kernel counts them. */
public final class CpuShares {
  /** The period of a quota, in microseconds. */
  public static final long PERIOD = 100_000;

  private static final long MIN_SHARES = 2;
  private static final long MAX_SHARES = 262_144;
  private static final long MIN_QUOTA = 1_000;

  private CpuShares() {}

  /** The weight of a request, as cgroup v1's cpu.shares. */
  public static long ofRequest(long milliCpu) {
    return Math.clamp(milliCpu * 1024 / 1000, MIN_SHARES, MAX_SHARES);
  }

  /** The quota of a limit in microseconds a {@link #PERIOD}; 0 without a limit. */
  public static long quota(long milliCpu) {
    return milliCpu == 0 ? 0 : Math.max(milliCpu * PERIOD / 1000, MIN_QUOTA);
  }
}
