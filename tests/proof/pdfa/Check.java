// Check FILE …: "conforms" or what breaks PDF/A-3b, a line for each file.
import java.io.FileInputStream;
import java.util.stream.Collectors;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

public class Check {
  public static void main(String[] files) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    for (String file : files)
      try (var parser = Foundries.defaultInstance().createParser(new FileInputStream(file), PDFAFlavour.PDFA_3_B)) {
        var result = Foundries.defaultInstance().createValidator(PDFAFlavour.PDFA_3_B, false).validate(parser);
        System.out.println(result.isCompliant() ? "conforms" : result.getTestAssertions().stream().filter(one -> one.getStatus() == TestAssertion.Status.FAILED)
            .map(one -> one.getRuleId().getClause() + ": " + one.getMessage()).collect(Collectors.joining("; ")));
      }
  }
}
