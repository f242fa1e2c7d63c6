/// Files as the storage engine sees them, and the only place that opens a channel or forces one.
/// What was written is durable once its file was forced, a name once its directory was.
@NullMarked
package io.flotilla.storage.file;

import org.jspecify.annotations.NullMarked;
