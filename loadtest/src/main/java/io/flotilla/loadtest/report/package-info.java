/// What a run found, for people and as JSON.
@NullMarked
package io.flotilla.loadtest.report;

import org.jspecify.annotations.NullMarked;
