package dev.gantry.agent.api;

import org.jspecify.annotations.Nullable;

/** What a hook does; exactly one is set. */
public record LifecycleHandler(
    @Nullable ExecAction exec,
    @Nullable HTTPGetAction httpGet,
    @Nullable TCPSocketAction tcpSocket,
    @Nullable SleepAction sleep) {}
