package dev.gantry.agent.status;

/**
 * Why a container waits.
 *
 * @param reason one word, such as {@code CrashLoopBackOff}
 */
public record Reason(String reason, String message) {
  public static final String CRASH_LOOP = "CrashLoopBackOff";
  public static final String PULL = "ErrImagePull";
  public static final String PULL_BACKOFF = "ImagePullBackOff";
  public static final String NEVER_PULL = "ErrImageNeverPull";
  public static final String INVALID_IMAGE = "InvalidImageName";
  public static final String INSPECT_IMAGE = "ImageInspectError";
  public static final String CONFIG = "CreateContainerConfigError";
  public static final String CREATE = "CreateContainerError";
  public static final String RUN = "RunContainerError";
  public static final String POST_START = "PostStartHookError";
}
