package io.flotilla.storage.btree;

import java.util.Arrays;

/// A growing set of page ids with a summary level, so that the lowest member is found fast.
final class PageBitmap {
  private static final int SHIFT = 6;

  private long[] words = new long[64];
  private long[] summary = new long[1]; // bit w is set when words[w] is not zero
  private int firstSummary; // no member lies below this summary word
  private int size;

  /// How many pages are in the set.
  int size() {
    return size;
  }

  boolean contains(int page) {
    int word = page >>> SHIFT;
    return word < words.length && (words[word] & 1L << page) != 0;
  }

  void add(int page) {
    int word = page >>> SHIFT;
    if (word >= words.length) {
      words = Arrays.copyOf(words, Math.max(word + 1, words.length * 2));
      summary = Arrays.copyOf(summary, (words.length + 63) >>> SHIFT);
    }
    long bit = 1L << page;
    if ((words[word] & bit) == 0) {
      words[word] |= bit;
      summary[word >>> SHIFT] |= 1L << word;
      firstSummary = Math.min(firstSummary, word >>> SHIFT);
      size++;
    }
  }

  void add(int page, int count) {
    for (int i = 0; i < count; i++) {
      add(page + i);
    }
  }

  void remove(int page) {
    if (!contains(page)) {
      return;
    }
    int word = page >>> SHIFT;
    words[word] &= ~(1L << page);
    if (words[word] == 0) {
      summary[word >>> SHIFT] &= ~(1L << word);
    }
    size--;
  }

  void remove(int page, int count) {
    for (int i = 0; i < count; i++) {
      remove(page + i);
    }
  }

  /// The lowest member, or -1.
  int first() {
    while (firstSummary < summary.length && summary[firstSummary] == 0) {
      firstSummary++;
    }
    if (firstSummary == summary.length) {
      firstSummary = 0;
      return -1;
    }
    int word = (firstSummary << SHIFT) + Long.numberOfTrailingZeros(summary[firstSummary]);
    return (word << SHIFT) + Long.numberOfTrailingZeros(words[word]);
  }

  /// The lowest member at or above `from`, or -1.
  int next(int from) {
    int word = from >>> SHIFT;
    if (word >= words.length) {
      return -1;
    }
    long rest = words[word] & -1L << from;
    if (rest != 0) {
      return (word << SHIFT) + Long.numberOfTrailingZeros(rest);
    }
    word = nextWord(word + 1);
    return word < 0 ? -1 : (word << SHIFT) + Long.numberOfTrailingZeros(words[word]);
  }

  private int nextWord(int from) {
    int index = from >>> SHIFT;
    if (index >= summary.length) {
      return -1;
    }
    long rest = summary[index] & -1L << from;
    while (rest == 0) {
      index++;
      if (index == summary.length) {
        return -1;
      }
      rest = summary[index];
    }
    return (index << SHIFT) + Long.numberOfTrailingZeros(rest);
  }

  /// The lowest page at or above `from` that is not a member.
  int nextAbsent(int from) {
    int word = from >>> SHIFT;
    if (word >= words.length) {
      return from;
    }
    long rest = ~words[word] & -1L << from;
    while (rest == 0) {
      word++;
      if (word == words.length) {
        return word << SHIFT;
      }
      rest = ~words[word];
    }
    return (word << SHIFT) + Long.numberOfTrailingZeros(rest);
  }

  /// The first of `count` consecutive members at or above `from`, looking at no more than `tries`
  /// groups of members; -1 when none was found.
  int findRun(int count, int from, int tries) {
    int start = next(from);
    for (int tried = 0; start >= 0 && tried < tries; tried++) {
      int end = nextAbsent(start);
      if (end - start >= count) {
        return start;
      }
      start = next(end);
    }
    return -1;
  }

  /// The highest member, or -1.
  int last() {
    for (int index = summary.length - 1; index >= 0; index--) {
      if (summary[index] != 0) {
        int word = (index << SHIFT) + 63 - Long.numberOfLeadingZeros(summary[index]);
        return (word << SHIFT) + 63 - Long.numberOfLeadingZeros(words[word]);
      }
    }
    return -1;
  }

  /// Bit `page % 8` of byte `page / 8` for every page below `limit` that is not a member.
  byte[] absentBelow(int limit) {
    byte[] bytes = new byte[(limit + 7) >>> 3];
    for (int at = 0; at < bytes.length; at++) {
      int word = at >>> 3;
      long bits = word < words.length ? words[word] : 0;
      bytes[at] = (byte) ~(bits >>> ((at & 7) << 3));
    }
    if ((limit & 7) != 0) {
      bytes[bytes.length - 1] &= (byte) ((1 << (limit & 7)) - 1);
    }
    return bytes;
  }
}
