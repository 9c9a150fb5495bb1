import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.hl7.fhir.r5.model.Base;
import org.hl7.fhir.r5.model.Enumeration;
import org.hl7.fhir.r5.model.PrimitiveType;
import org.hl7.fhir.r5.model.Resource;
import ca.uhn.fhir.model.api.annotation.Child;
import org.hl7.fhir.r5.tools.CDSHookContext;
import org.hl7.fhir.r5.tools.CDSHookOrderSelectContext;
import org.hl7.fhir.r5.tools.CDSHookOrderSignContext;
import org.hl7.fhir.r5.tools.CDSHookPatientViewContext;
import org.hl7.fhir.r5.tools.CDSHooksExtensions;
import org.hl7.fhir.r5.tools.CDSHooksRequest;
import org.hl7.fhir.r5.tools.CDSHooksResponse;
import org.hl7.fhir.r5.tools.CDSHooksServices;

/**
 * HL7's own shapes of CDS Hooks: its logical models, as HL7 generates classes of them in its Java library, say of each
 * property its name, how often it stands there and which codes it has.
 *
 * Standard input: a JSON array of {"of": "services", "request" or "response", "json"}. Standard output: a line a fault:
 * number of the document, path, what is wrong. What a resource is inside, R4's own check says.
 */
class Shapes {
    private static final Map<String, Class<?>> ROOTS = Map.of(
            "services", CDSHooksServices.class, "request", CDSHooksRequest.class, "response", CDSHooksResponse.class);
    private static final Map<String, Class<?>> CONTEXTS = Map.of(
            "patient-view", CDSHookPatientViewContext.class,
            "order-select", CDSHookOrderSelectContext.class,
            "order-sign", CDSHookOrderSignContext.class);

    private final List<String> faults = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        int number = 0;
        for (JsonNode one : new ObjectMapper().readTree(System.in)) {
            Shapes shapes = new Shapes();
            JsonNode json = one.get("json");
            shapes.object(ROOTS.get(one.get("of").asText()), json, json.path("hook").asText(), "");
            for (String fault : shapes.faults) {
                out.printf("%d\t%s%n", number, fault);
            }
            number++;
        }
    }

    private void object(Class<?> of, JsonNode json, String hook, String at) throws Exception {
        if (!json.isObject()) {
            faults.add(at + "\tno object");
            return;
        }
        Map<String, Field> known = children(of);
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.containsKey(name)) {
                faults.add(at + "." + name + "\tunknown");
            }
        }
        for (Map.Entry<String, Field> one : known.entrySet()) {
            JsonNode value = json.get(one.getKey());
            Child child = one.getValue().getAnnotation(Child.class);
            String here = at + "." + one.getKey();
            if (value == null || value.isNull()) {
                if (child.min() > 0) {
                    faults.add(here + "\tmissing");
                }
                continue;
            }
            Class<?> type = type(one.getValue());
            boolean keyed = type.getSimpleName().endsWith("PrefetchComponent"); // an object whose names are the client's
            if (keyed || type == CDSHooksExtensions.class) {
                if (!value.isObject()) {
                    faults.add(here + "\tno object");
                }
            } else if (List.class.isAssignableFrom(one.getValue().getType())) {
                if (!value.isArray()) {
                    faults.add(here + "\tno array");
                }
                for (int place = 0; place < value.size(); place++) {
                    value(one.getValue(), type, value.get(place), hook, here + "[" + place + "]");
                }
            } else {
                value(one.getValue(), type, value, hook, here);
            }
        }
    }

    private void value(Field field, Class<?> type, JsonNode value, String hook, String at) throws Exception {
        if (type == CDSHookContext.class) {
            object(CONTEXTS.get(hook), value, hook, at);
        } else if (Enumeration.class.isAssignableFrom(type)) {
            Class<?> codes = (Class<?>) ((ParameterizedType) generic(field)).getActualTypeArguments()[0];
            try {
                codes.getMethod("fromCode", String.class).invoke(null, value.asText());
            } catch (InvocationTargetException wrong) {
                faults.add(at + "\tno such code");
            }
        } else if (PrimitiveType.class.isAssignableFrom(type)) {
            if (value.isContainerNode() || value.asText().isBlank()) {
                faults.add(at + "\tno " + type.getSimpleName());
            }
        } else if (Resource.class.isAssignableFrom(type) || type == Base.class) {
            if (!value.path("resourceType").isTextual()) {
                faults.add(at + "\tno resource");
            }
        } else {
            object(type, value, hook, at);
        }
    }

    /** Of the class and of what it is made from, by the name each has in JSON. */
    private static Map<String, Field> children(Class<?> of) {
        Map<String, Field> found = new HashMap<>();
        for (Class<?> each = of; each != null; each = each.getSuperclass()) {
            for (Field field : each.getDeclaredFields()) {
                Child child = field.getAnnotation(Child.class);
                if (child != null) {
                    found.putIfAbsent(child.name(), field);
                }
            }
        }
        return found;
    }

    private static Type generic(Field field) {
        Type whole = field.getGenericType();
        boolean list = List.class.isAssignableFrom(field.getType());
        return list ? ((ParameterizedType) whole).getActualTypeArguments()[0] : whole;
    }

    private static Class<?> type(Field field) {
        Type one = generic(field);
        return (Class<?>) (one instanceof ParameterizedType parameterized ? parameterized.getRawType() : one);
    }
}
