package io.flotilla.simulation.history;

/// A key with its value as etcd shows it.
///
/// @param created revision of the put that made the key
/// @param modified revision of its last put
/// @param version puts since it was made, from 1
/// @param lease the lease it hangs on, 0 for none
public record Kv(String key, String value, long created, long modified, long version, long lease) {
  @Override
  public String toString() {
    String text = Words.of(key) + "=" + Words.of(value);
    String numbers = "{created " + created + ", modified " + modified + ", version " + version;
    return text + numbers + (lease == 0 ? "}" : ", lease " + lease + "}");
  }
}
