package io.flotilla.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import java.io.IOException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The descriptor set in the jar, for whoever needs the schema without the classes.
class DescriptorSetTest {

  private static FileDescriptorSet read() throws IOException {
    try (var bytes = DescriptorSetTest.class.getResourceAsStream("descriptors.binpb")) {
      assertThat(bytes).isNotNull();
      return FileDescriptorSet.parseFrom(bytes);
    }
  }

  @Test
  void holdsEveryPackage() throws IOException {
    assertThat(read().getFileList())
        .extracting(FileDescriptorProto::getPackage)
        .contains(
            "etcdserverpb",
            "mvccpb",
            "authpb",
            "v3lockpb",
            "v3electionpb",
            "flotilla.command",
            "flotilla.peer");
  }

  @Test
  void holdsEveryImportOfItsFiles() throws IOException {
    var files = read().getFileList();
    var names = files.stream().map(FileDescriptorProto::getName).collect(Collectors.toSet());
    assertThat(files).allSatisfy(file -> assertThat(names).containsAll(file.getDependencyList()));
  }
}
