import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.app.Connection;
import ca.uhn.hl7v2.llp.MinLowerLayerProtocol;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.model.v251.datatype.ERL;
import ca.uhn.hl7v2.model.v251.message.ACK;
import ca.uhn.hl7v2.model.v251.segment.ERR;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.StringJoiner;

/**
 * HAPI's MLLP client: Client HOST PORT plain|tls FILE…, each a message of HL7 v2.5.1, on one connection.
 *
 * HAPI parses each message and writes it anew, waits for the acknowledgement of its MSH-10, and parses that. A line
 * each: MSA-1, MSA-2, MSA-3, then for each ERR its severity, ERR-3.1, ERR-2 and ERR-8, between tabs.
 */
class Client {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // what libraries print must not be taken for an answer
        try (HapiContext context = new DefaultHapiContext()) {
            context.setLowerLayerProtocol(new MinLowerLayerProtocol(true)); // in the set that MSH-18 names
            boolean tls = arguments[2].equals("tls");
            Connection connection = context.newClient(arguments[0], Integer.parseInt(arguments[1]), tls);
            connection.getInitiator().setTimeout(60, java.util.concurrent.TimeUnit.SECONDS);
            for (int place = 3; place < arguments.length; place++) {
                String text = Files.readString(Path.of(arguments[place])).replace('\n', '\r');
                Message sent = context.getPipeParser().parse(text);
                out.println(told((ACK) connection.getInitiator().sendAndReceive(sent)));
            }
            connection.close();
        }
    }

    private static String told(ACK answer) throws Exception {
        StringJoiner line = new StringJoiner("\t");
        line.add(answer.getMSA().getAcknowledgmentCode().encode());
        line.add(answer.getMSA().getMessageControlID().encode());
        line.add(String.valueOf(answer.getMSA().getTextMessage().getValue()));
        for (ERR error : answer.getERRAll()) {
            ERL at = error.getErrorLocation(0);
            line.add(error.getSeverity().encode());
            line.add(error.getHL7ErrorCode().getIdentifier().encode());
            line.add(at.encode());
            line.add(String.valueOf(error.getUserMessage().getValue()));
        }
        return line.toString();
    }
}
