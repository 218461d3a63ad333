/**
 * Pod networks by CNI: configuration, plug-in calls, results, and the journal that makes sure that
 * what was added is also deleted.
 *
 * <p>{@link dev.gantry.network.PodNetworks} is the door; everything that is not public serves it. A
 * newcomer reads {@code PodNetworks}, then {@code CniNetwork} (the order of plug-in calls), then
 * {@code PluginProtocol} (one call). The specification followed is <a
 * href="https://www.cni.dev/docs/spec/">CNI 1.0</a>; where it is silent, libcni. The loopback
 * interface is brought up by the module {@code linux} and is no matter of this room.
 */
@NullMarked
package dev.gantry.network;

import org.jspecify.annotations.NullMarked;
