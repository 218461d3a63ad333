/** Images in files: OCI layouts and docker-save archives as one seekable tar. */
@NullMarked
package dev.gantry.image.archive;

import org.jspecify.annotations.NullMarked;
