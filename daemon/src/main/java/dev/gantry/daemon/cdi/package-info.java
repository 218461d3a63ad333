/**
 * Devices of the Container Device Interface: files in which vendors say how a container's
 * specification is to be edited so that it has their device.
 *
 * @see <a href="https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md">CDI
 *     specification</a>
 */
@NullMarked
package dev.gantry.daemon.cdi;

import org.jspecify.annotations.NullMarked;
