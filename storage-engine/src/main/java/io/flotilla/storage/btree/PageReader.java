package io.flotilla.storage.btree;

import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.PageHeader;
import io.flotilla.storage.page.PageKind;
import io.flotilla.storage.page.RunPage;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// Turns page ids into addresses, verifying a page when it is first read from the file.
///
/// The owner's reader remembers what it verified in the page table; the reader of a view, used on
/// another thread, only looks there.
final class PageReader {
  private final PageTable table;
  private final MappedFile file;
  private final boolean remembers;

  PageReader(PageTable table, MappedFile file, boolean remembers) {
    this.table = table;
    this.file = file;
    this.remembers = remembers;
  }

  /// The address of a page, or of the first page of a run.
  ///
  /// @throws io.flotilla.base.CorruptionException when its checksum or identity is wrong
  long address(int page) {
    long entry = table.get(page);
    return entry != 0 ? entry & ~PageTable.IN_MEMORY : load(page);
  }

  /// Like [#address], with [PageTable#IN_MEMORY] set when that applies.
  private long entry(int page) {
    long entry = table.get(page);
    return entry != 0 ? entry : load(page);
  }

  private long load(int page) {
    long address = file.address(page);
    verify(page, address);
    if (remembers) {
      table.put(page, address);
    }
    return address;
  }

  private void verify(int page, long address) {
    int kind = PageHeader.kind(address);
    long bytes = file.pageBytes();
    if (kind == PageKind.OVERFLOW) {
      long length = PageHeader.SIZE + Integer.toUnsignedLong(RunPage.length(address));
      bytes = (length + bytes - 1) / bytes * bytes;
      long room = (long) (file.limitPages() - page) * file.pageBytes();
      if (bytes > room) {
        throw file.damaged(page, "run of page " + page + " is longer than the file");
      }
    } else if (kind != PageKind.LEAF && kind != PageKind.BRANCH) {
      throw file.damaged(page, "page " + page + " is no tree page: " + PageKind.name(kind));
    }
    if (PageHeader.pageId(address) != page) {
      int found = PageHeader.pageId(address);
      throw file.damaged(page, "page " + page + " holds page " + found);
    }
    int crc = crc(page, bytes);
    if (PageHeader.storedCrc(address) != crc) {
      throw file.damaged(page, "checksum of page " + page + " does not match");
    }
  }

  /// Over the mapped parts that the page or run lies in.
  private int crc(int page, long bytes) {
    var crc = new CRC32C();
    long at = Integer.BYTES; // the checksum itself is not part of it
    while (at < bytes) {
      int from = page + (int) (at / file.pageBytes());
      long inPage = at % file.pageBytes();
      long piece = Math.min(bytes - at, file.contiguousBytes(from) - inPage);
      crc.update(Memory.buffer(file.address(from) + inPage, piece));
      at += piece;
    }
    return (int) crc.getValue();
  }

  /// Copies payload bytes of a run.
  void copyRun(int run, int from, byte[] to, int toOffset, int length) {
    long entry = entry(run);
    boolean whole = (entry & PageTable.IN_MEMORY) != 0;
    long base = entry & ~PageTable.IN_MEMORY;
    long at = PageHeader.SIZE + (long) from;
    int done = 0;
    while (done < length) {
      long piece = whole ? length - done : Math.min(length - done, contiguousFrom(run, at));
      long address = whole ? base + at : file.address(pageAt(run, at)) + at % file.pageBytes();
      Memory.copyOut(address, to, toOffset + done, (int) piece);
      done += (int) piece;
      at += piece;
    }
  }

  /// Compares the first `length` payload bytes of a run with `key` from `keyFrom` to its end.
  int compareRun(int run, int length, byte[] key, int keyFrom) {
    int common = Math.min(length, key.length - keyFrom);
    byte[] piece = new byte[Math.min(common, file.pageBytes())];
    for (int done = 0; done < common; done += piece.length) {
      int size = Math.min(piece.length, common - done);
      copyRun(run, done, piece, 0, size);
      int from = keyFrom + done;
      int order = Arrays.compareUnsigned(piece, 0, size, key, from, from + size);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(length, key.length - keyFrom);
  }

  byte runByte(int run, int offset) {
    byte[] one = new byte[1];
    copyRun(run, offset, one, 0, 1);
    return one[0];
  }

  private int pageAt(int run, long at) {
    return run + (int) (at / file.pageBytes());
  }

  private long contiguousFrom(int run, long at) {
    return file.contiguousBytes(pageAt(run, at)) - at % file.pageBytes();
  }
}
