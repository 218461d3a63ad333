/**
 * Files through the kernel's own calls: relative to directory descriptors ({@link
 * dev.gantry.linux.file.At}), confined beneath a root ({@link dev.gantry.linux.file.Resolve}), with
 * owners, devices and extended attributes; and what is built on them: records that tell when they
 * are torn, removal and measuring of trees that others filled, locks between daemons.
 *
 * <p>Names are text as {@link dev.gantry.linux.FileName} makes it, so that any name is kept.
 */
@NullMarked
package dev.gantry.linux.file;

import org.jspecify.annotations.NullMarked;
