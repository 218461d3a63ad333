/**
 * Pod namespaces made on short-lived threads and pinned by bind mounts, so that no pause process is
 * needed; and the confined init of pods that share a PID namespace.
 */
@NullMarked
package dev.gantry.linux.namespace;

import org.jspecify.annotations.NullMarked;
