package io.flotilla.router.front.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonDocumentsTest {
  private final JsonDocuments documents = new JsonDocuments(1000);

  private List<String> feed(String text) throws JsonSyntaxException {
    documents.feed(text.getBytes(StandardCharsets.UTF_8));
    List<String> found = new ArrayList<>();
    for (byte[] next = documents.next(); next != null; next = documents.next()) {
      found.add(new String(next, StandardCharsets.UTF_8));
    }
    return found;
  }

  @Test
  void objectsMayTouchOrBeApart() throws JsonSyntaxException {
    assertThat(feed("{}{\"a\":[1,{}]} \n\t{\"b\":2} "))
        .containsExactly("{}", "{\"a\":[1,{}]}", "{\"b\":2}");
    assertThat(documents.incomplete()).isFalse();
  }

  @Test
  void bracesInStringsDoNotCount() throws JsonSyntaxException {
    assertThat(feed("{\"}\":\"\\\"}{\\\\\"}{}")).containsExactly("{\"}\":\"\\\"}{\\\\\"}", "{}");
  }

  @Test
  void everyCutOfTheStreamGivesTheSame() throws JsonSyntaxException {
    String text = " {\"a\":\"\\\"}\",\"b\":{\"c\":[{}]}}{} {\"d\":\"é\"}";
    for (int cut = 0; cut <= text.length(); cut++) {
      var both = new ArrayList<>(feed(text.substring(0, cut)));
      both.addAll(feed(text.substring(cut)));
      assertThat(both).as("cut at " + cut).hasSize(3);
    }
  }

  @Test
  void anUnfinishedObjectIsKnown() throws JsonSyntaxException {
    assertThat(feed("{\"a\":")).isEmpty();
    assertThat(documents.incomplete()).isTrue();
  }

  @Test
  void valuesOfEveryKindAreCut() throws JsonSyntaxException {
    assertThat(feed("[1,-0.5e+7] \"x\\u00e9\"true null 12 0 [] {}7"))
        .containsExactly("[1,-0.5e+7]", "\"x\\u00e9\"", "true", "null", "12", "0", "[]", "{}");
    assertThat(documents.next()).isNull();
    assertThat(documents.last()).isEqualTo("7".getBytes(StandardCharsets.UTF_8));
    assertThat(documents.incomplete()).isFalse();
  }

  /// The words are those of Go, as etcd 3.5.30 says them.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "x                | invalid character 'x' looking for beginning of value",
        "{\"a\" 1}         | invalid character '1' after object key",
        "{\"a\":1 2}       | invalid character '2' after object key:value pair",
        "{\"a\":1,}        | invalid character '}' looking for beginning of object key string",
        "{'a'             | invalid character '\\'' looking for beginning of object key string",
        "[1 2]            | invalid character '2' after array element",
        "[01]             | invalid character '1' after array element",
        "[1.]             | invalid character ']' after decimal point in numeric literal",
        "[1e]             | invalid character ']' in exponent of numeric literal",
        "[-]              | invalid character ']' in numeric literal",
        "nul}             | invalid character '}' in literal null (expecting 'l')",
        "\"\\x\"           | invalid character 'x' in string escape code",
        "\"\\u00g\"        | invalid character 'g' in \\u hexadecimal character escape"
      })
  void whatIsNoJsonIsRefusedInTheWordsOfGo(String text, String refusal) {
    assertThatThrownBy(() -> feed(text)).hasMessage(refusal);
  }

  @Test
  void whatFollowsAnObjectIsLookedAtOnlyWhenAskedFor() throws JsonSyntaxException {
    documents.feed("{} nonsense".getBytes(StandardCharsets.UTF_8));
    assertThat(documents.next()).isEqualTo("{}".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(documents::next).isInstanceOf(JsonSyntaxException.class);
  }

  @Test
  void memoryIsBounded() {
    var large = "{\"a\":\"" + "x".repeat(300_000);
    assertThatThrownBy(() -> feed(large)).hasMessageContaining("larger than 1000 bytes");
  }
}
