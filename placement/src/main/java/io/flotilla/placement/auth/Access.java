package io.flotilla.placement.auth;

/// What is done to keys. Who may write may not read for that (etcd behaviour).
public enum Access {
  READ,
  WRITE
}
