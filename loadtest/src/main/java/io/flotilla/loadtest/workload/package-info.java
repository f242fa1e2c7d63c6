/// What is sent: one class for each kind of load.
@NullMarked
package io.flotilla.loadtest.workload;

import org.jspecify.annotations.NullMarked;
