/// HTTP/1.1 beside the API: health, version, metrics, and the rules of every HTTP request.
@NullMarked
package io.flotilla.router.front.http;

import org.jspecify.annotations.NullMarked;
