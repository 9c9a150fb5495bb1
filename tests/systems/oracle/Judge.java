import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/**
 * HL7's reference validator over many files by one start of Java, without any network.
 *
 * Reads paths of JSON resources from standard input, a line each; writes a line for each thing it says:
 * path, level, id of its message, place, words, between tabs; and one of level "judged" behind each file.
 */
class Judge {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        System.setOut(System.err); // what libraries print must not be taken for a verdict
        FhirContext r4 = FhirContext.forR4();
        // A code of a system that is not at hand (LOINC, SNOMED CT) cannot be checked, which is no error.
        UnknownCodeSystemWarningValidationSupport unknown = new UnknownCodeSystemWarningValidationSupport(r4);
        FhirInstanceValidator judge = new FhirInstanceValidator(new ValidationSupportChain(
                new DefaultProfileValidationSupport(r4),
                new CommonCodeSystemsTerminologyService(r4),
                new InMemoryTerminologyServerValidationSupport(r4),
                new SnapshotGeneratingValidationSupport(r4),
                unknown));
        judge.setAnyExtensionsAllowed(true);
        judge.setNoTerminologyChecks(false);
        FhirValidator validator = r4.newValidator().registerValidatorModule(judge);
        BufferedReader paths = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String path = paths.readLine(); path != null; path = paths.readLine()) {
            String resource = Files.readString(Path.of(path));
            try {
                for (var said : validator.validateWithResult(resource).getMessages()) {
                    line(out, path, said.getSeverity().getCode(), said.getMessageId(), said.getLocationString(), said.getMessage());
                }
            } catch (RuntimeException broken) { // it could not read the resource: a refusal, in its own words
                line(out, path, "fatal", broken.getClass().getSimpleName(), "", broken.getMessage());
            }
            line(out, path, "judged", "", "", "");
        }
        out.flush();
    }

    private static void line(PrintStream out, String... parts) {
        for (int i = 0; i < parts.length; i++) {
            parts[i] = parts[i] == null ? "" : parts[i].replaceAll("\\s+", " ");
        }
        out.print(String.join("\t", parts) + "\n");
    }
}
