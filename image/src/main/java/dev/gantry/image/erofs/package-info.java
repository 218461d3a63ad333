/**
 * Writes EROFS, the kernel's read-only file system, as far as an index of a tar archive needs it.
 *
 * @see <a href="https://docs.kernel.org/filesystems/erofs.html">Documentation/filesystems/erofs</a>
 */
@NullMarked
package dev.gantry.image.erofs;

import org.jspecify.annotations.NullMarked;
