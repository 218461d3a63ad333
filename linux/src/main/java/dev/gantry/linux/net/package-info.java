/** Network links of the calling thread's network namespace, by rtnetlink. */
@NullMarked
package dev.gantry.linux.net;

import org.jspecify.annotations.NullMarked;
