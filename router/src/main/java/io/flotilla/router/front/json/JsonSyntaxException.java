package io.flotilla.router.front.json;

/// A request body that is not the JSON form of the message it should be. The text is for people.
final class JsonSyntaxException extends Exception {
  private static final long serialVersionUID = 1;

  JsonSyntaxException(String message) {
    super(message, null, false, false);
  }
}
