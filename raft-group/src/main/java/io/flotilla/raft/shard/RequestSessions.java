package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;

import io.flotilla.storage.mvcc.KeyedState;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is remembered of each session that had a request executed: enough to tell a new id from one
/// that was forgotten. Bounded; the session that was quiet for longest goes first, and only when
/// none of its ids is in the window any more.
final class RequestSessions {
  /// Nothing of a session, a number that no sequence has: they start at 1.
  static final long NOTHING = 0;

  private static final byte KEY_PREFIX = 's';
  private static final int RECORD_SIZE = 3 * Long.BYTES;

  private static final class Session {
    private final long id;

    /// Highest sequence executed.
    private long highest = NOTHING;

    /// Highest sequence that left the window.
    private long forgotten = NOTHING;

    /// Order number of the newest id.
    private long newestOrder;

    /// Ids in the window. Not stored: it follows from the window.
    private int live;

    private boolean changed;

    Session(long id) {
      this.id = id;
    }
  }

  private final KeyedState component;
  private final int capacity;
  private final Map<Long, Session> sessions = new HashMap<>();

  RequestSessions(KeyedState component, int capacity) {
    this.component = component;
    this.capacity = capacity;
    KeyedState.Scan scan = component.scan(new byte[] {KEY_PREFIX});
    while (scan.next() && scan.key()[0] == KEY_PREFIX) {
      var session = new Session(ByteBuffer.wrap(scan.key()).getLong(1));
      var fields = ByteBuffer.wrap(scan.value());
      session.highest = fields.getLong();
      session.forgotten = fields.getLong();
      session.newestOrder = fields.getLong();
      sessions.put(session.id, session);
    }
  }

  int size() {
    return sessions.size();
  }

  /// The highest executed sequence of a session.
  long highest(long id) {
    Session session = sessions.get(id);
    return session == null ? NOTHING : session.highest;
  }

  /// Up to which sequence ids of a session may have been forgotten.
  long forgotten(long id) {
    Session session = sessions.get(id);
    return session == null ? NOTHING : session.forgotten;
  }

  /// An id entered the window.
  void enter(long id, long sequence, long order) {
    Session session = sessions.get(id);
    if (session == null) {
      if (sessions.size() >= capacity) {
        dropQuietest();
      }
      session = new Session(id);
      sessions.put(id, session);
    }
    session.highest = Math.max(session.highest, sequence);
    session.newestOrder = order;
    session.live++;
    session.changed = true;
  }

  /// An id of the stored window; its session is stored too.
  void restore(long id, long sequence, long order) {
    Session session = sessions.get(id);
    check(session != null, "a session is stored with the ids of its window");
    check(sequence <= session.highest && order <= session.newestOrder, "sessions are up to date");
    session.live++;
  }

  /// An id left the window.
  void leave(long id, long sequence) {
    Session session = sessions.get(id);
    check(session != null && session.live > 0, "an id in the window has a session");
    session.forgotten = Math.max(session.forgotten, sequence);
    session.live--;
    session.changed = true;
  }

  private void dropQuietest() {
    Session quietest = null;
    for (Session session : sessions.values()) {
      if (session.live == 0 && isQuieter(session, quietest)) {
        quietest = session;
      }
    }
    if (quietest != null) {
      sessions.remove(quietest.id);
      component.delete(key(quietest.id));
    }
  }

  private static boolean isQuieter(Session session, @Nullable Session other) {
    return other == null || session.newestOrder < other.newestOrder;
  }

  /// Stores what changed. It matters only to a checkpoint.
  void write() {
    for (Session session : sessions.values()) {
      if (session.changed) {
        var fields = ByteBuffer.allocate(RECORD_SIZE);
        fields.putLong(session.highest).putLong(session.forgotten).putLong(session.newestOrder);
        component.put(key(session.id), fields.array());
        session.changed = false;
      }
    }
  }

  private static byte[] key(long id) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(KEY_PREFIX).putLong(id).array();
  }
}
