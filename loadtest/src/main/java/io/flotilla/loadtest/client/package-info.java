/// One connection to a server that speaks etcd's API, and how its calls can fail.
@NullMarked
package io.flotilla.loadtest.client;

import org.jspecify.annotations.NullMarked;
