/// One class per service of etcd's client API: translates requests into commands and queries, and
/// results into responses. Decides nothing about the state. Shared by all event loops.
@NullMarked
package io.flotilla.router.front.service;

import org.jspecify.annotations.NullMarked;
