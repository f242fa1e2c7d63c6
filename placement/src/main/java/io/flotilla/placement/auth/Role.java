package io.flotilla.placement.auth;

import com.google.protobuf.ByteString;
import io.flotilla.proto.auth.Permission;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A named set of permissions.
///
/// @param permissions by key, ascending; no two have the same key and the same end
public record Role(String name, List<Permission> permissions) {
  private static final List<Permission> EVERYTHING =
      List.of(
          Permission.newBuilder()
              .setPermType(Permission.Type.READWRITE)
              .setRangeEnd(ByteString.copyFrom(new byte[1]))
              .build());

  public Role {
    permissions = List.copyOf(permissions);
  }

  /// As the API shows them: the root role may do everything, whatever was granted to it (etcd
  /// behaviour).
  public List<Permission> shownPermissions() {
    return name.equals(User.ROOT) ? EVERYTHING : permissions;
  }

  /// With a permission added, or put in the place of the one on the same key and end.
  Role with(Permission added) {
    List<Permission> all = new ArrayList<>(permissions);
    var order = ByteString.unsignedLexicographicalComparator();
    int at = 0;
    while (at < all.size() && order.compare(all.get(at).getKey(), added.getKey()) <= 0) {
      if (isOn(all.get(at), added.getKey(), added.getRangeEnd())) {
        all.set(at, added);
        return new Role(name, all);
      }
      at++;
    }
    all.add(at, added);
    return new Role(name, all);
  }

  /// Without the permission on exactly this key and end; null if there is none.
  @Nullable Role without(ByteString key, ByteString rangeEnd) {
    List<Permission> rest =
        permissions.stream().filter(held -> !isOn(held, key, rangeEnd)).toList();
    return rest.size() == permissions.size() ? null : new Role(name, rest);
  }

  private static boolean isOn(Permission held, ByteString key, ByteString rangeEnd) {
    return held.getKey().equals(key) && held.getRangeEnd().equals(rangeEnd);
  }

  io.flotilla.proto.auth.Role toMessage() {
    return io.flotilla.proto.auth.Role.newBuilder()
        .setName(ByteString.copyFromUtf8(name))
        .addAllKeyPermission(permissions)
        .build();
  }

  static Role of(io.flotilla.proto.auth.Role message) {
    return new Role(message.getName().toStringUtf8(), message.getKeyPermissionList());
  }
}
