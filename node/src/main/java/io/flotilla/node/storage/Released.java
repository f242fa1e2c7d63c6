package io.flotilla.node.storage;

import java.io.IOException;

/// Gives a lock back at the end of a block.
record Released(AutoCloseable lock) implements AutoCloseable {
  @Override
  public void close() throws IOException {
    try {
      lock.close();
    } catch (IOException | RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      throw new IOException("a lock could not be given back", failure);
    }
  }
}
