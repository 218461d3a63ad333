/** Making, removing and listing mounts in this process's mount namespace. */
@NullMarked
package dev.gantry.linux.mount;

import org.jspecify.annotations.NullMarked;
