package io.flotilla.contract.transcript;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TextFormat;
import io.flotilla.proto.etcd.AuthServiceProto;
import io.flotilla.proto.etcd.ClusterProto;
import io.flotilla.proto.etcd.KvServiceProto;
import io.flotilla.proto.etcd.LeaseProto;
import io.flotilla.proto.etcd.MaintenanceProto;
import io.flotilla.proto.etcd.WatchProto;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoUtils;
import java.util.List;
import java.util.NoSuchElementException;

/// etcd's methods by name, with messages of any type.
final class Methods {
  private static final List<FileDescriptor> FILES =
      List.of(
          KvServiceProto.getDescriptor(),
          WatchProto.getDescriptor(),
          LeaseProto.getDescriptor(),
          ClusterProto.getDescriptor(),
          MaintenanceProto.getDescriptor(),
          AuthServiceProto.getDescriptor());

  private Methods() {}

  /// @param path service and method, such as `KV/Put`
  static MethodDescriptor<DynamicMessage, DynamicMessage> of(String path) {
    var method = find(path);
    var type =
        method.isClientStreaming()
            ? MethodType.BIDI_STREAMING
            : method.isServerStreaming() ? MethodType.SERVER_STREAMING : MethodType.UNARY;
    return MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
        .setType(type)
        .setFullMethodName(method.getService().getFullName() + "/" + method.getName())
        .setRequestMarshaller(
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getInputType())))
        .setResponseMarshaller(
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getOutputType())))
        .build();
  }

  /// A request in protobuf's text format.
  static DynamicMessage request(String path, String text) {
    var request = DynamicMessage.newBuilder(find(path).getInputType());
    try {
      TextFormat.merge(text, request);
    } catch (TextFormat.ParseException malformed) {
      throw new IllegalArgumentException(path + " " + text, malformed);
    }
    return request.build();
  }

  private static com.google.protobuf.Descriptors.MethodDescriptor find(String path) {
    String[] names = path.split("/");
    for (FileDescriptor file : FILES) {
      ServiceDescriptor service = file.findServiceByName(names[0]);
      if (service != null && service.findMethodByName(names[1]) != null) {
        return service.findMethodByName(names[1]);
      }
    }
    throw new NoSuchElementException("etcd has no method " + path);
  }
}
