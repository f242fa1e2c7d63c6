package io.flotilla.raft.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.MutationListener;
import java.util.List;

/// A listener that insists on ascending revisions.
final class HeardRevisions implements MutationListener {
  private long last;

  void startFrom(long revision) {
    last = revision;
  }

  @Override
  public boolean listening() {
    return true;
  }

  @Override
  public void onMutation(long revision, List<ChangeEvent> events) {
    assertThat(revision).isGreaterThan(last);
    assertThat(events).isNotEmpty();
    events.forEach(event -> assertThat(event.revision()).isEqualTo(revision));
    last = revision;
  }

  @Override
  public void onReplaced(long heardTo) {
    assertThat(heardTo).isGreaterThanOrEqualTo(last);
    last = heardTo;
  }
}
