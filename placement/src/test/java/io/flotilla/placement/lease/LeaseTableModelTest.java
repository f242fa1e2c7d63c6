package io.flotilla.placement.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.placement.testing.Seeds;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The table against a plain map of leases that is searched from end to end each time.
class LeaseTableModelTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long INTERVAL_SECONDS = 20;

  /// One lease as etcd's documents describe it.
  private static final class Model {
    final long ttl;
    long rest;
    long deadline;
    boolean revoking;
    boolean checkpointing;

    Model(long ttl) {
      this.ttl = ttl;
    }

    long base() {
      return rest == 0 ? ttl : rest;
    }
  }

  private static final class World {
    final Random random;
    final MapLeaseStore store = new MapLeaseStore();
    final Map<Long, Model> model = new HashMap<>();
    long now = 5 * SECOND;
    LeaseTable table = LeaseTable.restore(store, now);
    boolean primary;

    World(Random random) {
      this.random = random;
    }

    void step() {
      now += random.nextLong(SECOND);
      long id = random.nextLong(-40, 40);
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> grant(id);
        case 3 -> assertThat(table.revoke(id)).isEqualTo(model.remove(id) != null);
        case 4, 5, 6 -> renew(id);
        case 7 -> takeExpired();
        case 8 -> giveBack(id);
        case 9 -> takeCheckpoints();
        case 10 -> applyCheckpoint(id);
        default -> changeRole();
      }
      check(id);
    }

    void grant(long id) {
      long ttl = random.nextLong(1, 60);
      boolean free = id != 0 && !model.containsKey(id);
      assertThat(table.grant(id, ttl, now)).isEqualTo(free ? ttl : 0);
      if (free) {
        var lease = new Model(ttl);
        lease.deadline = now + ttl * SECOND;
        model.put(id, lease);
      }
    }

    void renew(long id) {
      if (!primary) {
        return;
      }
      Model lease = model.get(id);
      Renewal expected;
      if (lease == null) {
        expected = new Renewal.Unknown();
      } else if (lease.revoking || lease.deadline <= now) {
        expected = new Renewal.Expiring();
      } else if (lease.rest != 0 || lease.checkpointing) {
        expected = new Renewal.Checkpointed(lease.ttl);
      } else {
        lease.deadline = Math.max(lease.deadline, now + lease.ttl * SECOND);
        expected = new Renewal.Renewed(lease.ttl);
      }
      assertThat(table.renew(id, now)).isEqualTo(expected);
    }

    void takeExpired() {
      if (!primary) {
        return;
      }
      int max = random.nextInt(1, 10);
      List<Long> taken = new ArrayList<>();
      table.takeExpired(now, max, 10_000, taken::add);
      List<Long> due =
          model.entrySet().stream()
              .filter(e -> !e.getValue().revoking && e.getValue().deadline <= now)
              .sorted(Comparator.comparingLong(e -> e.getValue().deadline))
              .map(Map.Entry::getKey)
              .limit(max)
              .toList();
      assertThat(taken.stream().map(id -> model.get(id).deadline).toList())
          .isEqualTo(due.stream().map(id -> model.get(id).deadline).toList());
      taken.forEach(id -> model.get(id).revoking = true);
    }

    void giveBack(long id) {
      table.giveBack(id);
      if (model.containsKey(id)) {
        model.get(id).revoking = false;
      }
    }

    void takeCheckpoints() {
      if (!primary) {
        return;
      }
      Map<Long, Long> due = new HashMap<>();
      model.forEach(
          (id, lease) -> {
            long left = Math.ceilDiv(Math.max(0, lease.deadline - now), SECOND);
            if (!lease.revoking
                && !lease.checkpointing
                && left > 0
                && lease.base() > INTERVAL_SECONDS
                && lease.base() - left >= INTERVAL_SECONDS) {
              due.put(id, left);
            }
          });
      Map<Long, Long> taken = new HashMap<>();
      table.takeCheckpoints(now, INTERVAL_SECONDS, 10_000, 10_000, taken::put);
      assertThat(taken).isEqualTo(due);
      due.keySet().forEach(id -> model.get(id).checkpointing = true);
    }

    void applyCheckpoint(long id) {
      Model lease = model.get(id);
      long rest = random.nextLong(0, 60);
      table.checkpoint(id, rest);
      if (lease != null) {
        boolean clears = rest == 0 || rest >= lease.ttl;
        lease.rest = clears ? 0 : rest;
        lease.checkpointing &= clears;
      }
    }

    void changeRole() {
      int roll = random.nextInt(3);
      if (roll == 0) {
        table = LeaseTable.restore(store, now);
        primary = false;
      } else if (roll == 1) {
        table.demote();
        primary = false;
      } else {
        table.promote(now, SECOND);
        primary = true;
      }
      for (Model lease : model.values()) {
        lease.revoking = false;
        lease.checkpointing = false;
        lease.deadline = now + SECOND + lease.base() * SECOND;
      }
    }

    void check(long id) {
      assertThat(table.size()).isEqualTo(model.size());
      assertThat(table.exists(id)).isEqualTo(model.containsKey(id));
      assertThat(store.leases.keySet()).isEqualTo(model.keySet());
      if (primary) {
        Model lease = model.get(id);
        long left = lease == null ? -1 : Math.max(0, lease.deadline - now) / SECOND;
        assertThat(table.remainingSeconds(id, now)).isEqualTo(left);
      }
    }

    void checkList() {
      Comparator<Map.Entry<Long, Model>> byTime =
          Comparator.comparingLong(e -> primary ? e.getValue().deadline : e.getValue().base());
      List<Long> expected =
          model.entrySet().stream()
              .sorted(byTime.thenComparing(Map.Entry.comparingByKey()))
              .map(Map.Entry::getKey)
              .toList();
      assertThat(LeaseTableTest.ids(table.list())).isEqualTo(expected);
    }
  }

  @Test
  void tableAgreesWithASimpleModel() {
    Seeds.forEach(
        random -> {
          var world = new World(random);
          for (int step = 0; step < 1500; step++) {
            world.step();
            if (step % 50 == 0) {
              world.checkList();
            }
          }
        });
  }
}
