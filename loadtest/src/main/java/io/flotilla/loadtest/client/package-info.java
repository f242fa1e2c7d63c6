/// One connection to a server that speaks etcd's API.
@NullMarked
package io.flotilla.loadtest.client;

import org.jspecify.annotations.NullMarked;
