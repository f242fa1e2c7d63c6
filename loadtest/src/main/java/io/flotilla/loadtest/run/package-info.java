/// How it is sent and measured: closed and open loop, progress, processor time.
@NullMarked
package io.flotilla.loadtest.run;

import org.jspecify.annotations.NullMarked;
