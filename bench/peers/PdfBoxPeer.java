import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.List;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.io.IOUtils;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDResources;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.common.PDStream;
import org.apache.pdfbox.pdmodel.graphics.form.PDFormXObject;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAnnotationWidget;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAppearanceDictionary;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAppearanceStream;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.SignatureOptions;
import org.apache.pdfbox.pdmodel.interactive.form.PDAcroForm;
import org.apache.pdfbox.pdmodel.interactive.form.PDSignatureField;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/**
 * Stamps one file again and again with PDFBox 2.0 and Bouncy Castle: FILE KEY(PKCS#8 DER) RSA|EC CERTIFICATES(DER, comma) PICTURE SECONDS OUT.
 * Prints one JSON object. The picture is handed in ready, which spares it the drawing.
 */
public final class PdfBoxPeer {
    private static PrivateKey key;
    private static String algorithm;
    private static List<X509Certificate> chain;
    private static byte[] picture;

    public static void main(String[] words) throws Exception {
        byte[] original = Files.readAllBytes(Path.of(words[0]));
        String kind = words[2];
        key = KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(Path.of(words[1]))));
        algorithm = kind.equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
        chain = new ArrayList<>();
        for (String path : words[3].split(",")) {
            try (InputStream in = Files.newInputStream(Path.of(path))) {
                chain.add((X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in));
            }
        }
        picture = Files.readAllBytes(Path.of(words[4]));
        double seconds = Double.parseDouble(words[5]);
        byte[] last = original;
        // the compiler needs its time: twice the measured time, as for every contender
        for (long end = System.nanoTime() + (long) (seconds * 2e9); System.nanoTime() < end;) last = stamp(original);
        List<Double> times = new ArrayList<>();
        long started = System.nanoTime();
        while (System.nanoTime() - started < seconds * 1e9) {
            long from = System.nanoTime();
            last = stamp(original);
            times.add((System.nanoTime() - from) / 1e6);
        }
        double whole = (System.nanoTime() - started) / 1e9;
        Files.write(Path.of(words[6]), last);
        double[] sorted = times.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        System.out.printf(java.util.Locale.ROOT, "{\"medianMilliseconds\":%f,\"filesPerSecond\":%f,\"files\":%d}%n",
            sorted[sorted.length / 2], sorted.length / whole, sorted.length);
    }

    private static byte[] stamp(byte[] original) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream(original.length + 65_536);
        try (PDDocument document = PDDocument.load(original); SignatureOptions options = new SignatureOptions()) {
            PDSignature signature = new PDSignature();
            signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
            signature.setSubFilter(COSName.getPDFName("ETSI.CAdES.detached"));
            signature.setReason("[SPESIMEN] Surat Pernyataan");
            signature.setLocation("Jakarta");
            signature.setSignDate(Calendar.getInstance());
            options.setPage(0);
            options.setPreferredSignatureSize(4096);
            options.setVisualSignature(template(document.getPage(0).getMediaBox()));
            document.addSignature(signature, PdfBoxPeer::sign, options);
            document.saveIncremental(out);
        }
        return out.toByteArray();
    }

    /** PDFBox takes the appearance from a document of its own. */
    private static InputStream template(PDRectangle size) throws Exception {
        try (PDDocument document = new PDDocument()) {
            PDPage page = new PDPage(size);
            document.addPage(page);
            PDAcroForm form = new PDAcroForm(document);
            document.getDocumentCatalog().setAcroForm(form);
            PDSignatureField field = new PDSignatureField(form);
            PDAnnotationWidget widget = field.getWidgets().get(0);
            form.setSignaturesExist(true);
            form.setAppendOnly(true);
            form.getCOSObject().setDirect(true);
            form.getFields().add(field);
            widget.setRectangle(new PDRectangle(36, 36, 100, 100));
            PDFormXObject drawing = new PDFormXObject(new PDStream(document, new ByteArrayInputStream(picture)));
            drawing.setResources(new PDResources());
            drawing.setFormType(1);
            drawing.setBBox(new PDRectangle(100, 100));
            PDAppearanceDictionary appearance = new PDAppearanceDictionary();
            appearance.getCOSObject().setDirect(true);
            appearance.setNormalAppearance(new PDAppearanceStream(drawing.getCOSObject()));
            widget.setAppearance(appearance);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            document.save(out);
            return new ByteArrayInputStream(out.toByteArray());
        }
    }

    private static byte[] sign(InputStream content) {
        try {
            CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
            generator.addSignerInfoGenerator(
                new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
                    .build(new JcaContentSignerBuilder(algorithm).build(key), chain.get(0)));
            generator.addCertificates(new JcaCertStore(chain));
            return generator.generate(new CMSProcessableByteArray(IOUtils.toByteArray(content)), false).getEncoded();
        } catch (Exception cause) {
            throw new IllegalStateException(Arrays.toString(cause.getStackTrace()), cause);
        }
    }
}
