import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.parser.StrictErrorHandler;
import ca.uhn.fhir.rest.api.server.cdshooks.CdsServiceRequestContextJson;
import ca.uhn.fhir.rest.api.server.cdshooks.CdsServiceRequestJson;
import ca.uhn.hapi.fhir.cdshooks.api.json.CdsServiceFeedbackJson;
import ca.uhn.hapi.fhir.cdshooks.api.json.CdsServiceJson;
import ca.uhn.hapi.fhir.cdshooks.api.json.CdsServiceResponseJson;
import ca.uhn.hapi.fhir.cdshooks.api.json.CdsServiceResponseSuggestionActionJson;
import ca.uhn.hapi.fhir.cdshooks.api.json.CdsServicesJson;
import ca.uhn.hapi.fhir.cdshooks.module.CdsHooksObjectMapperFactory;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.hl7.fhir.instance.model.api.IBaseResource;

/**
 * HAPI's classes for CDS Hooks as a client: requests and feedback are made and written by them, answers read by them.
 *
 * Standard input: a JSON object {"url", "calls": [{"path", "token", and "request" or "feedback"}]}, none of the two
 * for the discovery. Standard output: a JSON object a call: {"status", "answer": as it came, "read": what HAPI read of
 * it, written again}. A property that HAPI's class does not have, and one missing that it requires, end the program.
 */
class Client {
    /** In the standard since 2.0, and in no class of HAPI 8.4: its classes are as 1.0 was there. */
    private static final Map<Class<?>, String> NOT_IN_HAPI = Map.of(
            CdsServiceJson.class, "usageRequirements",
            CdsServiceResponseSuggestionActionJson.class, "resourceId");

    private static final FhirContext FHIR = FhirContext.forR4();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final ObjectMapper HAPI = mapper();
    private static final ObjectMapper PLAIN =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // what libraries print must not be taken for an answer
        JsonNode asked = PLAIN.readTree(System.in);
        for (JsonNode call : asked.get("calls")) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(asked.get("url").asText() + call.get("path").asText()));
            Class<?> read = Void.class;
            if (call.has("request")) {
                request = posted(request, call, HAPI.writeValueAsString(request(call.get("request"))));
                read = CdsServiceResponseJson.class;
            } else if (call.has("feedback")) {
                CdsServiceFeedbackJson told = required(HAPI.treeToValue(call.get("feedback"), CdsServiceFeedbackJson.class));
                request = posted(request, call, HAPI.writeValueAsString(Map.of("feedback", List.of(told))));
            } else {
                read = CdsServicesJson.class;
            }
            HttpResponse<String> answer =
                    HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            boolean given = answer.statusCode() == 200 && read != Void.class;
            String again = given ? HAPI.writeValueAsString(required(HAPI.readValue(answer.body(), read))) : "null";
            String whole = answer.body().isEmpty() ? "null" : answer.body();
            out.printf("{\"status\": %d, \"answer\": %s, \"read\": %s}%n", answer.statusCode(), oneLine(whole), oneLine(again));
        }
    }

    private static HttpRequest.Builder posted(HttpRequest.Builder request, JsonNode call, String body) {
        return request.header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + call.get("token").asText())
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    /** As HAPI's own client would build it: resources are HAPI's, everything else is text. */
    private static CdsServiceRequestJson request(JsonNode told) {
        CdsServiceRequestJson made = new CdsServiceRequestJson();
        made.setHook(told.get("hook").asText());
        made.setHookInstance(told.get("hookInstance").asText());
        made.setFhirServer(told.get("fhirServer").asText());
        CdsServiceRequestContextJson context = new CdsServiceRequestContextJson();
        told.get("context").fields().forEachRemaining(one -> context.put(one.getKey(), value(one.getValue())));
        made.setContext(context);
        told.get("prefetch").fields().forEachRemaining(one -> made.addPrefetch(one.getKey(), resource(one.getValue())));
        return made;
    }

    private static Object value(JsonNode told) {
        if (told.isObject()) {
            return resource(told);
        }
        if (!told.isArray()) {
            return told.asText();
        }
        List<String> several = new ArrayList<>();
        told.forEach(one -> several.add(one.asText()));
        return several;
    }

    private static IBaseResource resource(JsonNode told) {
        IParser parser = FHIR.newJsonParser();
        parser.setParserErrorHandler(new StrictErrorHandler());
        return parser.parseResource(told.toString());
    }

    private static ObjectMapper mapper() {
        SimpleModule resources = new SimpleModule();
        resources.addDeserializer(IBaseResource.class, new JsonDeserializer<IBaseResource>() {
            @Override
            public IBaseResource deserialize(JsonParser from, DeserializationContext context) throws IOException {
                return resource(PLAIN.readTree(from));
            }
        });
        ObjectMapper made = new CdsHooksObjectMapperFactory(FHIR).newMapper();
        made.registerModule(resources);
        made.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
        made.setSerializationInclusion(JsonInclude.Include.NON_EMPTY);
        made.addHandler(new DeserializationProblemHandler() {
            @Override
            public boolean handleUnknownProperty(
                    DeserializationContext context, JsonParser from, JsonDeserializer<?> by, Object of, String name)
                    throws IOException {
                if (!name.equals(NOT_IN_HAPI.get(of.getClass()))) {
                    return false;
                }
                from.skipChildren();
                return true;
            }
        });
        return made;
    }

    /** What Jackson leaves to its callers: that what a class requires is there. */
    private static <T> T required(T read) throws IllegalAccessException {
        if (read == null || !read.getClass().getName().contains(".cdshooks.") || read instanceof Enum) {
            return read;
        }
        for (Field field : read.getClass().getDeclaredFields()) {
            JsonProperty told = field.getAnnotation(JsonProperty.class);
            if (told == null) {
                continue;
            }
            field.setAccessible(true);
            Object found = field.get(read);
            if (told.required() && found == null) {
                throw new IllegalStateException(read.getClass().getSimpleName() + " without " + told.value());
            }
            for (Object one : found instanceof Collection<?> several ? several : List.of()) {
                required(one);
            }
            required(found);
        }
        return read;
    }

    private static String oneLine(String json) throws IOException {
        return PLAIN.writeValueAsString(PLAIN.readTree(json));
    }
}
