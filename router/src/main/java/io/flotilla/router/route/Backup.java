package io.flotilla.router.route;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/// A consistent copy of the database on its way to a client. Used from one event loop; reads never
/// block it.
public interface Backup {
  /// Total bytes, a multiple of 512; fixed.
  long sizeBytes();

  /// The next bytes: exactly `maxBytes`, fewer only at the end, none after it. One read at a time.
  Future<Buffer> read(int maxBytes);

  /// Lets go of the copy; may be called at any time and more than once.
  void close();
}
