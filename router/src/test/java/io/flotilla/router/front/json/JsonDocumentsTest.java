package io.flotilla.router.front.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

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
  void onlyObjectsBegin() {
    assertThatThrownBy(() -> feed("[1]")).isInstanceOf(JsonSyntaxException.class);
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
