import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.CloudEventDeserializer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads a feed from its beginning to its present end with the CloudEvents SDK and prints one event a line:
 *  key, id, source, type, subject, time, sequence, replay, content type and data (base64), parted by tabs.
 *  java -cp LIBS FeedReader.java BOOTSTRAP TOPIC */
class FeedReader {
  public static void main(String[] arguments) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", arguments[0]);
    settings.put("isolation.level", "read_committed");
    settings.put("enable.auto.commit", "false");
    TopicPartition topic = new TopicPartition(arguments[1], 0);
    try (KafkaConsumer<String, CloudEvent> consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new CloudEventDeserializer())) {
      consumer.assign(List.of(topic));
      consumer.seekToBeginning(List.of(topic));
      long end = consumer.endOffsets(List.of(topic)).get(topic);
      long until = System.currentTimeMillis() + 30_000;
      while (consumer.position(topic) < end && System.currentTimeMillis() < until)
        for (ConsumerRecord<String, CloudEvent> one : consumer.poll(Duration.ofSeconds(1))) print(one.key(), one.value());
    }
  }

  static void print(String key, CloudEvent event) {
    byte[] data = event.getData().toBytes();
    System.out.println(String.join("\t", key, event.getId(), event.getSource().toString(), event.getType(), event.getSubject(), event.getTime().toInstant().toString(),
        event.getExtension("sequence").toString(), event.getExtension("replay").toString(), event.getDataContentType(), Base64.getEncoder().encodeToString(data)));
  }
}
