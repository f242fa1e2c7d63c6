package io.flotilla.contract.transcript;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Answers as lines that are the same for every server which answers alike: without what each
/// server chooses for itself. Ids that the server chose are named in the order of their coming.
final class Normal {
  /// What a server chooses for itself; left out.
  private static final Set<String> OWN =
      Set.of(
          "etcdserverpb.ResponseHeader.cluster_id",
          "etcdserverpb.ResponseHeader.member_id",
          "etcdserverpb.ResponseHeader.raft_term",
          "etcdserverpb.Member.ID",
          "etcdserverpb.Member.name",
          "etcdserverpb.Member.peerURLs",
          "etcdserverpb.Member.clientURLs",
          "etcdserverpb.AlarmMember.memberID",
          "etcdserverpb.StatusResponse.version",
          "etcdserverpb.StatusResponse.dbSize",
          "etcdserverpb.StatusResponse.dbSizeInUse",
          "etcdserverpb.StatusResponse.dbSizeQuota",
          "etcdserverpb.StatusResponse.leader",
          "etcdserverpb.StatusResponse.raftIndex",
          "etcdserverpb.StatusResponse.raftTerm",
          "etcdserverpb.StatusResponse.raftAppliedIndex",
          "etcdserverpb.StatusResponse.storageVersion",
          "etcdserverpb.HashResponse.hash",
          "etcdserverpb.HashKVResponse.hash",
          "etcdserverpb.AuthenticateResponse.token");

  /// The same in JSON, and what follows from it.
  private static final Pattern OWN_JSON =
      Pattern.compile(
          "\"(cluster_id|member_id|raft_term|memberID|version|dbSize|dbSizeInUse|dbSizeQuota|"
              + "leader|raftIndex|raftTerm|raftAppliedIndex|storageVersion|hash|token)"
              + "\":\"?[^,}\"]*\"?,?");

  private static final Pattern LEASE_JSON = Pattern.compile("\"(ID|lease)\":\"(\\d{15,})\"");

  /// A blank of Go's JSON, which it strews at random so that nobody relies on them.
  private static final Pattern BLANK = Pattern.compile("(\"(?:[^\"\\\\]|\\\\.)*\")|[ \u00a0]");

  /// May pass between two requests of a dialogue.
  private static final long CLOCK_SECONDS = 3;

  private static final int SMALLEST_CHOSEN_ID = 1_000_000_000;

  // in the order of their coming, from 1
  private final Map<Long, Integer> chosen = new HashMap<>();

  /// An answer in one line.
  String answer(Message message) {
    var kept = settle(DynamicMessage.newBuilder(strip(message)));
    return TextFormat.printer().emittingSingleLine(true).printToString(kept).strip();
  }

  /// etcd keeps the keys of a lease in no order, and time goes on.
  private static Message settle(DynamicMessage.Builder answer) {
    var type = answer.getDescriptorForType();
    if (type.getName().equals("LeaseTimeToLiveResponse")) {
      FieldDescriptor keys = type.findFieldByName("keys");
      List<ByteString> sorted = new ArrayList<>();
      ((List<?>) answer.getField(keys)).forEach(key -> sorted.add((ByteString) key));
      sorted.sort(ByteString.unsignedLexicographicalComparator());
      answer.setField(keys, sorted);
      FieldDescriptor left = type.findFieldByName("TTL");
      long granted = (Long) answer.getField(type.findFieldByName("grantedTTL"));
      long seconds = (Long) answer.getField(left);
      if (seconds > 0 && granted - seconds <= CLOCK_SECONDS + granted / 10) {
        answer.setField(left, granted);
      }
    }
    return answer.build();
  }

  private Message strip(Message message) {
    Message.Builder kept = message.toBuilder();
    for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
      FieldDescriptor descriptor = field.getKey();
      if (OWN.contains(descriptor.getFullName())) {
        kept.clearField(descriptor);
      } else if (descriptor.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        kept.setField(descriptor, strip(descriptor, field.getValue()));
      } else if (isLease(descriptor) && !descriptor.isRepeated()) {
        kept.setField(descriptor, lease((Long) field.getValue()));
      }
    }
    return kept.build();
  }

  private Object strip(FieldDescriptor field, Object value) {
    if (!field.isRepeated()) {
      return strip((Message) value);
    }
    List<Message> all = new ArrayList<>();
    ((List<?>) value).forEach(one -> all.add(strip((Message) one)));
    return all;
  }

  private static boolean isLease(FieldDescriptor field) {
    return field.getJavaType() == FieldDescriptor.JavaType.LONG
        && (field.getName().equals("lease") || field.getName().equals("ID"));
  }

  /// Ids of the dialogue's own choice are small.
  private long lease(long id) {
    return Math.abs(id) < SMALLEST_CHOSEN_ID ? id : -(1 + order(id));
  }

  private int order(long id) {
    return chosen.computeIfAbsent(id, _ -> chosen.size() + 1);
  }

  String refusal(Status status) {
    String text = status.getDescription();
    return text == null ? status.getCode().toString() : status.getCode() + " " + text;
  }

  /// @param body JSON, or a line of text
  String page(int status, String body) {
    String dense = BLANK.matcher(body.strip()).replaceAll(m -> m.group(1) == null ? "" : "$1");
    String kept = OWN_JSON.matcher(dense.replace('\u00a0', ' ')).replaceAll("").replace(",}", "}");
    String named =
        LEASE_JSON
            .matcher(kept)
            .replaceAll(
                found ->
                    "\"%s\":\"lease %d\""
                        .formatted(found.group(1), order(Long.parseUnsignedLong(found.group(2)))));
    return (status + " " + named).replace("\n", "\\n").strip();
  }
}
