/**
 * The wire: stubs generated from the texts in {@code src/main/proto}, and what is needed to use
 * them without the full protobuf runtime.
 *
 * <ul>
 *   <li>{@code dev.gantry.cri.v1}: the Container Runtime Interface, package {@code runtime.v1}.
 *   <li>{@code dev.gantry.cri.gantry}: what Gantry offers beyond it, on the same socket.
 *   <li>{@code dev.gantry.cri.store}: the daemon's records on disk.
 *   <li>{@link dev.gantry.cri.json}: any of these messages as JSON or as a tree for YAML.
 *   <li>{@link dev.gantry.cri.channel}: a client channel on a unix socket.
 * </ul>
 *
 * <p>The stubs are lite ones; docs/decisions/0001 says why. A lite message's {@code toString} shows
 * every field, passwords too: log {@link dev.gantry.cri.json.ProtoJson#logText} instead.
 */
@NullMarked
package dev.gantry.cri;

import org.jspecify.annotations.NullMarked;
