package io.flotilla.router.front.json;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/// Follows JSON byte by byte and says when a value is over; refuses what is no JSON with the words
/// of Go's `encoding/json`, which etcd's gateway reads with. One value after the other.
///
/*
 * VALUE --scalar, closing bracket--> AFTER --comma--> VALUE or KEY
 * KEY --string--> AFTER --colon--> VALUE
 */
final class JsonScanner {
  /// As Go's.
  private static final int MAX_DEPTH = 10_000;

  private enum State {
    VALUE,
    // or the end of an array that is empty
    FIRST_VALUE,
    KEY,
    // or the end of an object that is empty
    FIRST_KEY,
    // a value of an array or object, or a key
    AFTER,
    STRING,
    ESCAPE,
    HEXADECIMAL,
    LITERAL,
    MINUS,
    ZERO,
    INTEGER,
    POINT,
    FRACTION,
    EXPONENT,
    EXPONENT_SIGN,
    EXPONENT_DIGITS
  }

  private State state = State.VALUE;
  // of the containers that are open, whether they are objects
  private final BitSet objects = new BitSet();
  private int depth;
  private boolean inKey;
  private String literal = "";
  // of a literal, or of the digits of an escape
  private int taken;

  /// Takes the next byte.
  ///
  /// @return whether a value ends with it
  boolean step(byte next) throws JsonSyntaxException {
    char c = (char) (next & 0xff);
    return switch (state) {
      case VALUE, FIRST_VALUE -> beginValue(c);
      case KEY, FIRST_KEY -> beginKey(c);
      case AFTER -> after(c);
      case STRING -> inString(c);
      case ESCAPE -> inEscape(c);
      case HEXADECIMAL -> inHexadecimal(c);
      case LITERAL -> inLiteral(c);
      case MINUS, ZERO, INTEGER, POINT, FRACTION, EXPONENT, EXPONENT_SIGN, EXPONENT_DIGITS ->
          inNumber(c);
    };
  }

  /// Whether a byte that is next would not belong to the value, which is a number at the top.
  boolean endsBefore(byte next) {
    return depth == 0 && isWholeNumber() && numberState((char) (next & 0xff)) == null;
  }

  /// Whether the input may end here, after a number that nothing follows.
  boolean mayEnd() {
    return depth == 0 && isWholeNumber();
  }

  /// A value is over, and the next one begins.
  void reset() {
    state = State.VALUE;
    depth = 0;
    objects.clear();
  }

  static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  // ------------------------------------------------------------------- values

  private boolean beginValue(char c) throws JsonSyntaxException {
    if (isSpace((byte) c)) {
      return false;
    }
    if (c == ']' && state == State.FIRST_VALUE) {
      return close();
    }
    switch (c) {
      case '{' -> open(true);
      case '[' -> open(false);
      case '"' -> state = State.STRING;
      case '-' -> state = State.MINUS;
      case '0' -> state = State.ZERO;
      case 't' -> begin("true");
      case 'f' -> begin("false");
      case 'n' -> begin("null");
      default -> {
        if (!isDigit(c)) {
          throw fault(c, "looking for beginning of value");
        }
        state = State.INTEGER;
      }
    }
    return false;
  }

  private void begin(String word) {
    literal = word;
    taken = 1;
    state = State.LITERAL;
  }

  private void open(boolean object) throws JsonSyntaxException {
    if (depth == MAX_DEPTH) {
      throw new JsonSyntaxException("exceeded max depth");
    }
    objects.set(depth++, object);
    inKey = object;
    state = object ? State.FIRST_KEY : State.FIRST_VALUE;
  }

  private boolean close() {
    depth--;
    return ended();
  }

  private boolean ended() {
    state = State.AFTER;
    inKey = false;
    return depth == 0;
  }

  private boolean beginKey(char c) throws JsonSyntaxException {
    if (c == '}' && state == State.FIRST_KEY) {
      return close();
    }
    if (c == '"') {
      inKey = true;
      state = State.STRING;
    } else if (!isSpace((byte) c)) {
      throw fault(c, "looking for beginning of object key string");
    }
    return false;
  }

  private boolean after(char c) throws JsonSyntaxException {
    boolean object = objects.get(depth - 1);
    if (isSpace((byte) c)) {
      return false;
    }
    if (inKey) {
      if (c != ':') {
        throw fault(c, "after object key");
      }
      inKey = false;
      state = State.VALUE;
    } else if (c == ',') {
      state = object ? State.KEY : State.VALUE;
    } else if (c == (object ? '}' : ']')) {
      return close();
    } else {
      throw fault(c, object ? "after object key:value pair" : "after array element");
    }
    return false;
  }

  // ------------------------------------------------------------------- strings, literals

  private boolean inString(char c) throws JsonSyntaxException {
    if (c == '"') {
      if (inKey) {
        state = State.AFTER;
        return false;
      }
      return ended();
    }
    if (c == '\\') {
      state = State.ESCAPE;
    } else if (c < ' ') {
      throw fault(c, "in string literal");
    }
    return false;
  }

  private boolean inEscape(char c) throws JsonSyntaxException {
    if (c == 'u') {
      taken = 0;
      state = State.HEXADECIMAL;
    } else if ("bfnrt\\/\"".indexOf(c) >= 0) {
      state = State.STRING;
    } else {
      throw fault(c, "in string escape code");
    }
    return false;
  }

  private boolean inHexadecimal(char c) throws JsonSyntaxException {
    if (Character.digit(c, 16) < 0 || c > 'f') {
      throw fault(c, "in \\u hexadecimal character escape");
    }
    if (++taken == 4) {
      state = State.STRING;
    }
    return false;
  }

  private boolean inLiteral(char c) throws JsonSyntaxException {
    char wanted = literal.charAt(taken);
    if (c != wanted) {
      throw fault(c, "in literal " + literal + " (expecting '" + wanted + "')");
    }
    return ++taken == literal.length() && ended();
  }

  // ------------------------------------------------------------------- numbers

  private boolean isWholeNumber() {
    return switch (state) {
      case ZERO, INTEGER, FRACTION, EXPONENT_DIGITS -> true;
      case MINUS, POINT, EXPONENT, EXPONENT_SIGN -> false;
      case VALUE, FIRST_VALUE, KEY, FIRST_KEY, AFTER, STRING, ESCAPE, HEXADECIMAL, LITERAL -> false;
    };
  }

  private boolean inNumber(char c) throws JsonSyntaxException {
    State next = numberState(c);
    if (next != null) {
      state = next;
      return false;
    }
    if (!isWholeNumber()) {
      throw fault(
          c,
          switch (state) {
            case MINUS -> "in numeric literal";
            case POINT -> "after decimal point in numeric literal";
            default -> "in exponent of numeric literal";
          });
    }
    ended();
    return after(c);
  }

  /// Null when the number does not go on so.
  private @Nullable State numberState(char c) {
    boolean digit = isDigit(c);
    boolean exponent = c == 'e' || c == 'E';
    return switch (state) {
      case MINUS -> c == '0' ? State.ZERO : digit ? State.INTEGER : null;
      case ZERO -> c == '.' ? State.POINT : exponent ? State.EXPONENT : null;
      case INTEGER ->
          digit ? State.INTEGER : c == '.' ? State.POINT : exponent ? State.EXPONENT : null;
      case POINT -> digit ? State.FRACTION : null;
      case FRACTION -> digit ? State.FRACTION : exponent ? State.EXPONENT : null;
      case EXPONENT ->
          c == '+' || c == '-' ? State.EXPONENT_SIGN : digit ? State.EXPONENT_DIGITS : null;
      case EXPONENT_SIGN, EXPONENT_DIGITS -> digit ? State.EXPONENT_DIGITS : null;
      case VALUE, FIRST_VALUE, KEY, FIRST_KEY, AFTER, STRING, ESCAPE, HEXADECIMAL, LITERAL -> null;
    };
  }

  // ------------------------------------------------------------------- faults

  private static JsonSyntaxException fault(char c, String where) {
    return new JsonSyntaxException("invalid character " + quoted(c) + " " + where);
  }

  /// As Go quotes a byte.
  private static String quoted(char c) {
    String shown =
        switch (c) {
          case '\'' -> "\\'";
          case '"' -> "\"";
          case '\\' -> "\\\\";
          case '\n' -> "\\n";
          case '\r' -> "\\r";
          case '\t' -> "\\t";
          case '\f' -> "\\f";
          case '\b' -> "\\b";
          default ->
              c < ' ' || c == 0x7f
                  ? "\\x%02x".formatted((int) c)
                  : c >= 0x80 && c <= 0xa0 || c == 0xad
                      ? "\\u%04x".formatted((int) c)
                      : String.valueOf(c);
        };
    return "'" + shown + "'";
  }
}
